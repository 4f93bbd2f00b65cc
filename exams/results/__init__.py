"""What happens to a result after the room: review of late answers, appeals, and what may be seen of the paper."""
