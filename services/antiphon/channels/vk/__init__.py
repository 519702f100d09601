"""Communities of VK. https://dev.vk.com/api/community-messages"""
