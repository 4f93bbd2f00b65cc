"""What the labs compute: one pure module each; lms/static/js/labs does the same sums in the browser."""
