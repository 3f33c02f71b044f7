"""The start page, each role's home, navigation, and the pages that explain."""
