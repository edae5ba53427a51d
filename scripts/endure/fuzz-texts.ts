import type { Random } from './random.ts'

/** Texts with a meaning in SQL, JSON, a shell, a header or Unicode. */
export const strangeTexts: readonly string[] = [
  ...[
    '',
    ' ',
    'marge',
    'Marge Simpson',
    'TRUE',
    'null',
    '0',
    '-1',
    'urn:x',
    'nobody',
    'a'.repeat(300),
    'İı',
    'ß',
  ],
  ...[
    "' or 1=1 --",
    "'; drop table resources; --",
    '" or ""="',
    '%_\\',
    '\\"',
    '#{7*7}',
    '{{7*7}}',
    '<script>',
  ],
  ...[
    'a\r\nX-Injected: 1',
    '../../etc/passwd',
    '__proto__',
    'constructor',
    'tab\there',
    '\u2028',
    '\ufeff',
    '👩‍🚀',
    'e\u0301',
  ],
  ...['bulkId:b0', '2026-01-01T00:00:00Z', '1e400', '=cmd()', '\u0000', '\ud800', '$(id)', '`id`'],
]

export const paths: readonly string[] = [
  ...[
    'userName',
    'displayName',
    'title',
    'active',
    'name.givenName',
    'name',
    'emails',
    'members',
    'externalId',
  ],
  ...[
    'emails[type eq "work"].value',
    'emails[type eq "work" and primary eq true]',
    'members[value eq "nobody"]',
  ],
  ...[
    'urn:ietf:params:scim:schemas:core:2.0:User:userName',
    'id',
    'meta',
    'meta.created',
    'schemas',
    'password',
  ],
  ...[
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager',
    'urn:x:y',
    '',
    '[',
    'a.b.c.d',
    'emails[]',
  ],
  ...[
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
    '__proto__',
    'name.__proto__',
    'emails[0]',
    '$',
  ],
]

const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'pr', 'EQ', 'regex', '']

function randomLiteral(random: Random): string {
  const text = random.of(strangeTexts)
  return random.of([
    JSON.stringify(text),
    'true',
    'false',
    'null',
    '1',
    '-1.5e3',
    `"${text}`,
    text,
    '"\\u0000"',
  ])
}

function randomComparison(random: Random): string {
  const operator = random.of(operators)
  const value = operator === 'pr' ? '' : ` ${randomLiteral(random)}`
  return `${random.of(paths)} ${operator}${value}`
}

/** Usually a valid filter; sometimes characters are removed from it. */
export function randomFilter(random: Random, depth = 3): string {
  const filter = random.chance(0.4) || depth === 0 ? randomComparison(random) : randomTerm(random, depth - 1)
  if (!random.chance(0.1)) return filter
  const at = random.below(filter.length)
  return filter.slice(0, at) + filter.slice(at + 1 + random.below(3))
}

function randomTerm(random: Random, depth: number): string {
  switch (random.below(5)) {
    case 0:
      return `not (${randomFilter(random, depth)})`
    case 1:
      return `(${randomFilter(random, depth)})`
    case 2:
      return `emails[${randomFilter(random, depth)}]`
    default:
      return `${randomFilter(random, depth)} ${random.of(['and', 'or', 'AND', 'xor'])} ${randomFilter(random, depth)}`
  }
}

const parameters = [
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'attributes',
  'excludedAttributes',
  'cursor',
]

/** A query with known and unknown parameters, possible values, and invalid encodings. */
export function randomQuery(random: Random): string {
  if (random.chance(0.1)) return ''
  // Long pages would delay other requests.
  const short = `count=${random.below(6)}`
  if (random.chance(0.3)) return `?${short}`
  const parts = Array.from({ length: 1 + random.below(3) }, () => {
    const name = random.chance(0.9)
      ? random.of(parameters)
      : random.of(['__proto__', 'filter[]', '%', 'Filter', ''])
    return `${name}=${encodeRandomly(random, randomValue(random, name))}`
  })
  if (random.chance(0.8)) parts.push(short)
  return `?${parts.join(random.of(['&', '&', '&', '&&', ';']))}`
}

function randomValue(random: Random, name: string): string {
  if (random.chance(0.1)) return random.of(strangeTexts)
  switch (name) {
    case 'filter':
      return randomFilter(random)
    case 'startIndex':
    case 'count':
      return random.of(['1', '0', '-1', '10', '1e3', '99999999999999999999', '2.5', 'x'])
    case 'sortOrder':
      return random.of(['ascending', 'descending', 'sideways'])
    default:
      return random.chance(0.7) ? random.of(paths) : [random.of(paths), random.of(paths)].join(',')
  }
}

/** Encodes a text correctly, or as deviating clients do. */
function encodeRandomly(random: Random, text: string): string {
  const encoded = encodeURIComponent(text.toWellFormed())
  switch (random.below(12)) {
    case 0:
      return encoded.replaceAll('%20', '+')
    case 1:
      return encoded.toLowerCase()
    case 2:
      return `${encoded}${random.of(['%', '%f', '%zz', '%c3', '%00', '%ff', '%ED%A0%80'])}`
    case 3:
      return encodeURIComponent(encoded)
    default:
      return encoded
  }
}
