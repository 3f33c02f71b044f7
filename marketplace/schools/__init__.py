"""Schools, their programmes and coordinators."""
