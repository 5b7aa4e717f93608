"""Programs for those who work on Kring; nothing here runs in a company's installation."""
