"""The web application. The factory is :func:`marketplace.app.create_app`."""
