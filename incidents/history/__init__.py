"""Past incidents brought in from another system, and what their record says about silence and promises."""
