"""What providers call: tracking events of e-mail (through anymail), status and answers of SMS (Twilio)."""
