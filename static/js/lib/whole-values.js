// Attributes in the API's answer for one span.

/**
 * The text of a whole value.
 * @param {object} span as `GET /api/v1/traces/<id>/spans/<id>` answers
 * @param {string} source where its attributes are: "", "resource", "scope", "events/3", "links/0"
 * @param {number | string} at its place in the order sent, or its key
 */
export function findText(span, source, at) {
  let holder = span;
  for (const name of source ? source.split("/") : []) holder = holder[name];
  const found = typeof at === "number" ? holder.attributes[at] : holder.attributes.find(({key}) => key === at);
  const {value} = found;
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
