"""Protocol pieces that every service shares: money, and the options that mark personal data and permissions."""
