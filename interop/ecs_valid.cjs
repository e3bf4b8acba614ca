// Every member is a field of ECS 9.4, of its type, and with one of its values. Arguments: where @elastic/ecs is, a file of events.
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');
const [home, path] = process.argv.slice(2);
const { EcsFlat: fields } = createRequire(`${home}/`)('@elastic/ecs/build/commonjs/ecs_flat.js');

const isOf = {
  keyword: (v) => typeof v === 'string',
  match_only_text: (v) => typeof v === 'string',
  date: (v) => typeof v === 'string' && !Number.isNaN(Date.parse(v)),
  long: Number.isInteger,
};
const seen = new Map();

function leaves(value, name, found) {
  if (name === 'labels' || value === null || typeof value !== 'object' || Array.isArray(value)) found.push([name, value]);
  else for (const [key, inner] of Object.entries(value)) leaves(inner, name ? `${name}.${key}` : key, found);
  return found;
}

for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
  const event = JSON.parse(line);
  const wrong = (what) => {
    console.error(`${event.event?.action}: ${what}`);
    process.exit(1);
  };
  for (const [name, value] of leaves(event, '', [])) {
    const field = fields[name];
    if (!field) wrong(`there is no field ${name}`);
    if (name === 'labels') {
      if (!Object.values(value).every((label) => typeof label === 'string')) wrong('labels are keywords');
      continue;
    }
    if (Array.isArray(value) !== (field.normalize ?? []).includes('array')) wrong(`${name} is an array, or is none`);
    for (const one of [value].flat()) {
      if (!isOf[field.type]?.(one)) wrong(`${name} is a ${field.type}: ${one}`);
      const allowed = field.allowed_values?.map((v) => v.name);
      if (allowed && !allowed.includes(one)) wrong(`${name} is none of ${allowed}: ${one}`);
    }
  }
  for (const field of Object.values(fields)) {
    if (field.required && leaves(event, '', []).every(([name]) => name !== field.flat_name)) wrong(`${field.flat_name} is required`);
  }
  for (const category of event.event.category) {
    const expected = fields['event.category'].allowed_values.find((v) => v.name === category).expected_event_types;
    for (const type of event.event.type) if (!expected.includes(type)) wrong(`${type} is not expected of ${category}`);
  }
  const what = `${event.event.category}, ${event.event.type}`;
  seen.set(what, (seen.get(what) ?? 0) + 1);
}
for (const [what, times] of [...seen].sort()) console.log(`ECS ${what}: ${times}`);
