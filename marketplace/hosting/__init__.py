"""The pages of those who host: facilities, sites, contacts and their slots. Stands above rounds."""
