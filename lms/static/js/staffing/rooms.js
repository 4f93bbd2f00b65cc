// On the phone the rooms of a company are one line that scrolls: bring the room one is in into sight.
document.querySelector(".staffing-rooms [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
