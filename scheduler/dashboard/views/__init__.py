"""What pages and the API show: frozen values, made of the store and the settings. Pure, but for the questions asked."""
