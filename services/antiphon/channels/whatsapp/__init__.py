"""WhatsApp through Meta's Cloud API. https://developers.facebook.com/docs/whatsapp/cloud-api"""
