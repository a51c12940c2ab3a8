"""What people do with reports: decide, dispute, compare notes, plan; pure logic on the store, without any web."""
