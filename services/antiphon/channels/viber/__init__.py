"""Viber bots. https://developers.viber.com/docs/api/rest-bot-api/"""
