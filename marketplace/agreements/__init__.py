"""The registry of affiliation agreements: whom they cover, their dates and alerts, a template as PDF."""
