/** What the typings lack, or have too much of, as text; empty when they are as the module is. */
export function missingTypes(client, typings) {
  const faults = [];
  const classes = [...typings.matchAll(/^export class (\w+)[^{]*\{(.*?)^\}/gms)];
  const typed = new Map(classes.map(([, name, body]) => [name, members(body)]));
  for (const [name, value] of Object.entries(client)) {
    const declared = typed.get(name);
    if (!declared) {
      faults.push(`${name} is exported and not typed`);
      continue;
    }
    const own = new Set(Object.getOwnPropertyNames(value.prototype));
    for (const member of own) {
      if (!declared.has(member)) {
        faults.push(`${name}.${member} is not typed`);
      }
    }
  }
  for (const name of typed.keys()) {
    if (!(name in client)) {
      faults.push(`${name} is typed and not exported`);
    }
  }
  for (const member of typed.get('PromClient') ?? []) {
    if (!(member in client.PromClient.prototype)) {
      faults.push(`PromClient.${member} is typed and not there`);
    }
  }
  return faults.join('; ');
}

const members = (body) => new Set([...body.matchAll(/^ {2}(?:readonly )?(\w+)[?<(:]/gm)].map((match) => match[1]));
