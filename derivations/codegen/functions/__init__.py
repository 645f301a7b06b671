"""What is generated, a module a subject; the backends choose from these lists."""
