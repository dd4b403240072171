"""The words of the starter set that came second: more kinds of crisis in English, and German and French.

A correction has no prepared translation: it says what was wrong, which nobody can know beforehand.
"""

MORE = [
    {
        "name": "Workaround available",
        "kind": "progress",
        "subject": "{{title}}",
        "body": (
            "We are still repairing **{{services}}**. Until it is done, there is a way to go on working:\n\n"
            "{{workaround}}\n\n"
            "You lose nothing by using it, and you need not undo it later. We tell you when it is no longer needed."
        ),
        "guidance": "As soon as a way around the problem is known. Try it yourself before you send it.",
    },
    {
        "name": "First alert, data or security incident",
        "kind": "initial",
        "subject": "{{title}}",
        "body": (
            "We are looking into an incident that may concern data in **{{services}}**. It came to our notice on "
            "{{started_at}}, and we have taken first measures to contain it.\n\n"
            "We do not know yet whether your data is concerned. As soon as we do, you hear it from us directly, with what "
            "it means for you and what we advise. At this moment there is nothing you need to do.\n\n"
            "Please understand that we can't share technical details while the work goes on."
        ),
        "guidance": "When data or access may be concerned. Say only what is certain; agree the text with whoever leads.",
    },
    {
        "name": "Maintenance",
        "kind": "initial",
        "subject": "{{title}}",
        "body": (
            "We have to do urgent maintenance on **{{services}}**, beginning at {{started_at}}. While it lasts, you may "
            "notice short interruptions; your data is safe.\n\n"
            "We do it now because waiting would risk a longer outage. You need not do anything, and we tell you when it "
            "is done."
        ),
        "guidance": "Urgent work that customers will notice. Planned work is announced days ahead, not with this.",
    },
]

GERMAN = {
    "First alert": (
        "Störung: {{services}}",
        "Seit {{started_at}} gibt es eine Störung bei **{{services}}**. Möglicherweise sehen Sie Fehlermeldungen oder lange "
        "Antwortzeiten.\n\nUnsere Technik arbeitet bereits daran. Wir schreiben Ihnen, weil Ihr Konto diesen Dienst nutzt; "
        "Sie müssen die Störung nicht melden.",
    ),
    "First alert, third-party provider": (
        "Störung bei einem Anbieter: {{services}}",
        "Bei einem Anbieter, auf den wir angewiesen sind, gibt es einen Ausfall; davon ist **{{services}}** seit {{started_at}} "
        "betroffen. Ihre Daten sind bei uns sicher, einzelne Vorgänge können aber fehlschlagen oder länger dauern.\n\n"
        "Wir stehen mit dem Anbieter in Verbindung und bereiten Wege vor, die ohne den gestörten Teil auskommen.",
    ),
    "First alert, data or security incident": (
        "Sicherheitshinweis: {{services}}",
        "Wir untersuchen einen Vorfall, der Daten in **{{services}}** betreffen kann. Bemerkt haben wir ihn am {{started_at}}; "
        "erste Maßnahmen, ihn einzudämmen, sind getroffen.\n\nOb Ihre Daten betroffen sind, wissen wir noch nicht. Sobald wir "
        "es wissen, erfahren Sie es direkt von uns, mit dem, was es für Sie bedeutet und was wir Ihnen raten. Im Augenblick "
        "müssen Sie nichts tun.\n\nBitte haben Sie Verständnis, dass wir während der Arbeiten keine technischen Einzelheiten "
        "nennen können.",
    ),
    "Maintenance": (
        "Dringende Wartung: {{services}}",
        "Wir müssen **{{services}}** dringend warten und beginnen damit am {{started_at}}. Währenddessen kann es kurze "
        "Unterbrechungen geben; Ihre Daten sind sicher.\n\nWir tun es jetzt, weil Warten einen längeren Ausfall riskieren "
        "würde. Sie müssen nichts tun, und wir sagen Ihnen, wenn es geschafft ist.",
    ),
    "Progress, cause not known yet": (
        "Neuer Stand: {{services}}",
        "Wir arbeiten weiter an der Störung bei **{{services}}**; ihre Ursache haben wir noch nicht gefunden. Sobald wir mehr "
        "wissen, schreiben wir Ihnen, spätestens zur angegebenen Zeit.",
    ),
    "Progress, cause found": (
        "Ursache gefunden: {{services}}",
        "Wir haben die Ursache der Störung bei **{{services}}** gefunden und arbeiten an der Behebung. Voraussichtliches Ende: "
        "{{likely_resolution}}.",
    ),
    "Workaround available": (
        "Ein Weg, weiterzuarbeiten: {{services}}",
        "Wir beheben die Störung bei **{{services}}** noch. Bis dahin gibt es einen Weg, weiterzuarbeiten:\n\n{{workaround}}\n\n"
        "Sie verlieren dadurch nichts und müssen später nichts rückgängig machen. Wir sagen Ihnen, wenn er nicht mehr "
        "nötig ist.",
    ),
    "Holding message": (
        "Wir arbeiten weiter daran: {{services}}",
        "Unsere Technik arbeitet weiter an **{{services}}**. In diesem Augenblick gibt es nichts Neues; wir wollten Sie aber zur "
        "zugesagten Zeit nicht ohne Nachricht lassen.",
    ),
    "End of the outage": (
        "Behoben: {{services}}",
        "Die Störung bei **{{services}}** ist vorbei, und alles arbeitet wieder wie gewohnt.\n\nWir bitten um Entschuldigung. "
        "Wir gehen der Sache auf den Grund und teilen Ihnen innerhalb weniger Werktage mit, was wir daraus gelernt haben und "
        "was wir ändern.",
    ),
    "Post-mortem notice": (
        "Was geschehen ist: {{services}}",
        "Wir hatten versprochen, Ihnen mitzuteilen, was wir über die Störung bei **{{services}}** herausgefunden haben.",
    ),
}

FRENCH = {
    "First alert": (
        "Incident : {{services}}",
        "Nous constatons un incident sur **{{services}}** depuis le {{started_at}}. Vous pouvez rencontrer des erreurs ou des "
        "lenteurs.\n\nNos équipes techniques y travaillent déjà. Nous vous écrivons parce que votre compte utilise ce service ; "
        "il est inutile de nous le signaler.",
    ),
    "First alert, third-party provider": (
        "Incident chez un prestataire : {{services}}",
        "Un prestataire dont nous dépendons subit une panne, et **{{services}}** est touché depuis le {{started_at}}. Vos "
        "données sont en sécurité chez nous ; certaines opérations peuvent échouer ou prendre du retard.\n\nNous sommes en "
        "contact avec lui et préparons des solutions qui contournent la partie en panne.",
    ),
    "First alert, data or security incident": (
        "Avis de sécurité : {{services}}",
        "Nous examinons un incident qui pourrait concerner des données de **{{services}}**. Nous l'avons constaté le "
        "{{started_at}} et avons pris de premières mesures pour le contenir.\n\nNous ne savons pas encore si vos données sont "
        "concernées. Dès que nous le saurons, nous vous le dirons directement, avec ce que cela signifie pour vous et nos "
        "conseils. Pour le moment, vous n'avez rien à faire.\n\nMerci de comprendre que nous ne pouvons pas donner de détails "
        "techniques tant que le travail est en cours.",
    ),
    "Maintenance": (
        "Maintenance urgente : {{services}}",
        "Nous devons effectuer une maintenance urgente sur **{{services}}**, à partir du {{started_at}}. De courtes "
        "interruptions sont possibles pendant ce temps ; vos données sont en sécurité.\n\nNous la faisons maintenant parce "
        "qu'attendre risquerait une panne plus longue. Vous n'avez rien à faire, et nous vous dirons quand ce sera terminé.",
    ),
    "Progress, cause not known yet": (
        "Où nous en sommes : {{services}}",
        "Nous travaillons toujours sur l'incident qui touche **{{services}}** et n'en avons pas encore trouvé la cause. Dès que "
        "nous en saurons plus, nous vous écrirons, au plus tard à l'heure indiquée.",
    ),
    "Progress, cause found": (
        "Cause trouvée : {{services}}",
        "Nous avons trouvé la cause de l'incident sur **{{services}}** et travaillons à la réparation. Fin probable : "
        "{{likely_resolution}}.",
    ),
    "Workaround available": (
        "Une solution provisoire : {{services}}",
        "La réparation de **{{services}}** se poursuit. En attendant, voici comment continuer à travailler :\n\n"
        "{{workaround}}\n\nVous n'y perdez rien et n'aurez rien à défaire ensuite. Nous vous dirons quand ce ne sera plus "
        "nécessaire.",
    ),
    "Holding message": (
        "Nous y travaillons toujours : {{services}}",
        "Nos équipes techniques travaillent toujours sur **{{services}}**. Il n'y a rien de nouveau pour l'instant, mais nous ne "
        "voulions pas vous laisser sans message à l'heure promise.",
    ),
    "End of the outage": (
        "Résolu : {{services}}",
        "L'incident sur **{{services}}** est terminé et tout fonctionne à nouveau normalement.\n\nNous vous prions de nous "
        "excuser. Nous allons en rechercher les causes et vous dirons, sous quelques jours ouvrés, ce que nous en avons appris "
        "et ce que nous changeons.",
    ),
    "Post-mortem notice": (
        "Ce qui s'est passé : {{services}}",
        "Nous vous avions promis de vous dire ce que nous avons appris de l'incident sur **{{services}}**.",
    ),
}

TRANSLATIONS = {"de": ("Deutsch", GERMAN), "fr": ("Français", FRENCH)}
