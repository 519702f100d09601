"""Facebook Messenger for a Page. https://developers.facebook.com/docs/messenger-platform"""
