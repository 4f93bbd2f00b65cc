// How much of the queue goes into one request: the server takes 200 answers and 64 KB.
const MOST = 100;
const MOST_BYTES = 48 * 1024;

/** The first entries that one request may carry, at least one. */
export function firstOf(entries) {
  let bytes = 0;
  let count = 0;
  for (const { answer } of entries) {
    bytes += 120 + 3 * answer.length; // Chinese takes three bytes
    if (count === MOST || (count && bytes > MOST_BYTES)) break;
    count += 1;
  }
  return entries.slice(0, count);
}
