import t from 'tap'
import { importLimits } from '../../../../src/traffic/aws-directory/archive.ts'
import { ImportError } from '../../../../src/traffic/aws-directory/directory.ts'
import { readParts } from '../../../../src/traffic/aws-directory/elements.ts'

const bytesOf = (content: string | Uint8Array) =>
  typeof content === 'string' ? Buffer.from(content) : content

const partsOf = (content: string | Uint8Array, limits = importLimits) =>
  [...readParts({ name: 'users.json', bytes: bytesOf(content) }, limits)].map(part =>
    part.kind === 'list' ? part.list : `${part.place} = ${JSON.stringify(part.value)}`,
  )

function mistakeOf(content: string | Uint8Array, limits = importLimits): string {
  try {
    partsOf(content, limits)
  } catch (error) {
    if (error instanceof ImportError) return error.message
    throw error
  }
  return 'nothing'
}

const utf16 = (text: string, byteOrder: 'le' | 'be'): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return byteOrder === 'le' ? bytes : bytes.swap16()
}

t.test('the elements of lists and the other members of a file are read one by one', async t => {
  t.strictSame(partsOf('{"Users": [{"UserId": "a,]}\\""}, {}], "ResponseMetadata": {"a": [1]}}'), [
    'Users',
    'Users[0] = {"UserId":"a,]}\\""}',
    'Users[1] = {}',
    'ResponseMetadata = {"a":[1]}',
  ])
  t.strictSame(partsOf(' [ "a" , 1.5e3, null,true ]\r\n'), [
    '',
    '[0] = "a"',
    '[1] = 1500',
    '[2] = null',
    '[3] = true',
  ])
  t.strictSame(partsOf('{"AccountIds":[]}'), ['AccountIds'])
  t.strictSame(partsOf('{"a":[[1],[2,[3]]],"b":"c","d":0}'), [
    'a',
    'a[0] = [1]',
    'a[1] = [2,[3]]',
    'b = "c"',
    'd = 0',
  ])
  t.strictSame(partsOf('{}'), [])
  t.strictSame(partsOf('{"Users":[],"NextToken":null}'), ['Users', 'NextToken = null'])
})

t.test('the line of each element is known', async t => {
  const bytes = Buffer.from('{\n"Users": [\n1,\n2\n,3]}')
  const lines: number[] = []
  for (const part of readParts({ name: 'users.json', bytes }, importLimits))
    if (part.kind === 'element') lines.push(part.line())
  t.strictSame(lines, [3, 4, 5])
})

t.test('UTF-8 and UTF-16 are read, with a byte order mark', async t => {
  const text = '{"Users":["Zoë 😀"]}'
  const expected = ['Users', 'Users[0] = "Zoë 😀"']
  t.strictSame(partsOf(text), expected)
  t.strictSame(partsOf(`\ufeff${text}`), expected)
  t.strictSame(partsOf(utf16(text, 'le')), expected)
  t.strictSame(partsOf(utf16(text, 'be')), expected)
})

t.test('other encodings are refused with the first wrong byte', async t => {
  const save = 'Save the file as UTF-8, or as UTF-16 with a byte order mark.'
  t.equal(
    mistakeOf(Buffer.from('{"Users":["Zo\xeb"]}', 'latin1')),
    `users.json: Byte 14 is not UTF-8. ${save}`,
  )
  t.equal(mistakeOf(Buffer.from('{"Users":["Zo"]}', 'utf16le')), `users.json: Byte 2 is NUL. ${save}`)
  t.equal(
    mistakeOf(utf16('{"Users":["Zo"]}', 'le').subarray(0, -1)),
    'users.json: The file begins with the byte order mark of UTF-16, but is not UTF-16. Save it as UTF-8.',
  )
  for (const at of [0, 1, 7, 8, 1000, 70_000, 99_990]) {
    for (const character of ['a', 'ë', '€', '😀']) {
      const bytes = Buffer.from(character.repeat(100_000 / Buffer.byteLength(character)))
      const start = at - (at % Buffer.byteLength(character))
      bytes[start] = 0xff
      t.equal(mistakeOf(bytes), `users.json: Byte ${start + 1} is not UTF-8. ${save}`)
    }
  }
})

const notJson: Readonly<Record<string, readonly [content: string, message: string]>> = {
  'an empty file': ['', 'The file is empty: the command was interrupted, or failed.'],
  'a file of white space': [' \r\n', 'The file is empty: the command was interrupted, or failed.'],
  'an error of the CLI': [
    '\nAn error occurred (ThrottlingException) when calling the ListUsers operation: Rate exceeded\n',
    'This is a ThrottlingException of the AWS CLI, not a list.',
  ],
  'an error of the CLI 2': [
    '\naws: [ERROR]: An error occurred (AccessDeniedException) when calling the ListUsers operation: x\n',
    'This is an AccessDeniedException of the AWS CLI, not a list. A permission is missing, or the store accepts calls from other networks only.',
  ],
  'an error of a store behind Active Directory': [
    'An error occurred (ValidationException) when calling the ListGroups operation: Filters are required',
    "This is a ValidationException of the AWS CLI, not a list. If the identity source is Active Directory, its users and groups can't be listed or imported.",
  ],
  'an HTML page': ['<!doctype html>', 'This is an HTML page, not the output of the AWS CLI.'],
  'text output': ['USERS\tned\n', 'This is text output of the AWS CLI. Add --output json.'],
  'a table': ['-----------\n|ListUsers|\n', 'This is a table of the AWS CLI. Add --output json.'],
  'a table of the CLI 1': [
    '+---------+\n|ListUsers|\n',
    'This is a table of the AWS CLI. Add --output json.',
  ],
  YAML: ['Users:\n- UserId: a\n', 'This is YAML output of the AWS CLI. Add --output json.'],
  'a stream of YAML': ['- Users:\n  - UserId: a\n', 'This is YAML output of the AWS CLI. Add --output json.'],
  'other text': [
    'Unable to locate credentials.',
    'This is no JSON. If the AWS CLI printed an error, run the command again, with --output json.',
  ],
}

for (const [what, [content, message]] of Object.entries(notJson))
  t.test(`${what} is recognized`, async t => t.equal(mistakeOf(content), `users.json: ${message}`))

const cut = 'The command was interrupted: run it again.'
const broken: readonly (readonly [content: string, message: string])[] = [
  ['{"Users": [\n{"a": 1},\n{"b": "x', `Line 3, column 9: the file ends within Users[1]. ${cut}`],
  ['{"Users": [{"b": tr', `Line 1, column 20: the file ends within Users[0]. ${cut}`],
  ['{"Users": [{"b": "\\u00', `Line 1, column 23: the file ends within Users[0]. ${cut}`],
  ['{"Users": [{"é": 1}', `Line 1, column 20: the file ends within Users. ${cut}`],
  ['{"Users": [{},', `Line 1, column 15: the file ends within Users[1]. ${cut}`],
  ['{"Users": [', `Line 1, column 12: the file ends within Users[0]. ${cut}`],
  ['{"Users": []', `Line 1, column 13: the file ends within its object. ${cut}`],
  ['{"Use', `Line 1, column 6: the file ends within the name of a member. ${cut}`],
  ['{"Users"', `Line 1, column 9: the file ends within Users. ${cut}`],
  ['{"a":', `Line 1, column 6: the file ends within a. ${cut}`],
  ['{', `Line 1, column 2: the file ends within its object. ${cut}`],
  ['[1', `Line 1, column 3: the file ends within the list. ${cut}`],
  ['{"Users": [\n  {"a": 1,}]}', 'Line 2, column 11: a comma must not precede }. Remove it.'],
  ['{"Users": [{"a": 1}\n{"a": 2}]}', 'Line 2, column 1: expected a comma or ].'],
  ['{"Users": [1,]}', 'Line 1, column 14: a comma must not precede ]. Remove it.'],
  ['{"Users": [,1]}', 'Line 1, column 12: expected a value or ].'],
  ['{"Users": [nul]}', 'Line 1, column 12: expected a value.'],
  ['{"Users": 1,}', 'Line 1, column 13: a comma must not precede }. Remove it.'],
  ['{Users: 1}', 'Line 1, column 2: expected a name in double quotes or }.'],
  ['{"Users" 1}', 'Line 1, column 10: expected a colon after the name.'],
  ['{"Users": [{"a": 1]}', 'Line 1, column 19: expected a comma or }.'],
  [
    '{"Users": [{"a": "b\n"}]}',
    'Line 1, column 18: string without a closing quote on this line. Close it, and write line breaks as \\n.',
  ],
  ['{"Users": [{"a": 1 /* b */}]}', 'Line 1, column 20: JSON has no comments. Remove the comment.'],
  [
    '{"Users": []}\n{"Users": []}',
    'Line 2: the file continues after its end. Write each call to a file of its own.',
  ],
  [
    '{"Users": [], "NextToken": "a"}',
    'The list is incomplete: it has a NextToken. Run the command without --max-items, --max-results and --no-paginate.',
  ],
  [
    '{"Users": [{"a": {"b": ["\\ud800"]}}]}',
    'A text in Users[0].a.b[0] has half of a character (an unpaired surrogate).',
  ],
  ['{"Users": [{"\\udc00": 1}]}', 'A text in Users[0] has half of a character (an unpaired surrogate).'],
  ['{"Users": ["\\u0000"]}', 'A text in Users[0] has the character NUL.'],
]

for (const [content, message] of broken)
  t.test(`refused: ${JSON.stringify(content)}`, async t =>
    t.equal(mistakeOf(content), `users.json: ${message}`),
  )

t.test('an escaped pair of surrogates is one character', async t =>
  t.strictSame(partsOf('["\\ud83d\\ude00"]'), ['', '[0] = "😀"']),
)

t.test('sizes and levels are limited', async t => {
  const mebibyte = 1024 * 1024
  const nested = (levels: number) => `{"Users":[${'['.repeat(levels - 2)}${']'.repeat(levels - 2)}]}`
  t.equal(mistakeOf(`{"Users":["${'a'.repeat(mebibyte)}"]}`), 'nothing')
  t.equal(
    mistakeOf(`{"Users":[1,"${'a'.repeat(mebibyte + 1)}"]}`),
    'users.json: A text in Users[1] is longer than 1 MiB.',
  )
  t.equal(
    mistakeOf(`{"${'a'.repeat(mebibyte + 1)}":[]}`),
    'users.json: A text in the name of a member is longer than 1 MiB.',
  )
  t.equal(
    mistakeOf(`{"Users":[[${'12345678,'.repeat(500_000)}1]]}`),
    'users.json: Users[0] is larger than 4 MiB.',
  )
  t.equal(
    mistakeOf('{"Users":[1,2,3]}', { ...importLimits, memberships: 2 }),
    'users.json: Users[2] is one element too many for a file.',
  )
  t.equal(
    mistakeOf(`{"Users":["${'a'.repeat(100 * mebibyte)}`),
    'users.json: A text in Users[0] is longer than 1 MiB.',
  )
  const members = (count: number) => `{${Array.from({ length: count }, (_, at) => `"${at}":1`).join()}}`
  t.equal(mistakeOf(members(1000)), 'nothing')
  t.equal(mistakeOf(members(1001)), 'users.json: Its object has more than 1000 members.')
  t.equal(mistakeOf(nested(32)), 'nothing')
  t.equal(mistakeOf(nested(33)), 'users.json: Users[0] is nested more than 32 levels.')
  t.equal(
    mistakeOf(`{"ResponseMetadata":${'['.repeat(1_000_000)}`),
    'users.json: ResponseMetadata[0] is nested more than 32 levels.',
  )
})

t.test('any text that is cut is refused, and any that is complete is read', async t => {
  const whole = '{"a": [{"b": "c\\\\\\"\\u00e9é"}, -1.5e-3, [null, {}]], "d": {"e": [true]}, "f": "x"}'
  t.not(partsOf(whole).length, 0)
  const bytes = Buffer.from(whole)
  for (let end = 1; end < bytes.length; end++) {
    const message = mistakeOf(bytes.subarray(0, end))
    t.match(message, /the file ends within|is not UTF-8/, JSON.stringify(bytes.toString('utf8', 0, end)))
  }
})
