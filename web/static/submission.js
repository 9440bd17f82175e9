// What a request for a mosaic is sent with, and what a refusal says.

// newKey returns an idempotency key: 130 random bits in base 32.
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(26))].map((b) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[b & 31]).join('');

// problemsByField returns the messages of each field in an application/problem+json (RFC 9457), a line each, and
// its detail or else the given message under '' where it names no field.
export function problemsByField(problem, otherwise) {
  const byField = {};
  for (const { field, message } of problem?.errors ?? []) byField[field] = field in byField ? `${byField[field]}\n${message}` : message;
  if (Object.keys(byField).length === 0) byField[''] = problem?.detail || otherwise;
  return byField;
}
