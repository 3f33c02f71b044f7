"""Students: joining a programme, and the profile that facilities may see under consent."""
