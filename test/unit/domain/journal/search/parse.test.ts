import t from 'tap'
import { keyNames, searchKeys } from '../../../../../src/domain/journal/search/keys.ts'
import { needsNotes } from '../../../../../src/domain/journal/search/matches.ts'
import { maxTerms, parseSearch } from '../../../../../src/domain/journal/search/parse.ts'
import { printSearch } from '../../../../support/print-search.ts'

// An hour ahead of UTC, two from the end of March on.
process.env.TZ = 'Europe/Berlin'
const now = Date.parse('2026-03-01T09:30:15Z')

const read = (text: string) => {
  const { terms, errors } = parseSearch(text, now)
  return errors.length > 0 ? { terms, errors } : terms
}

t.test('values are parsed into canonical form', async t => {
  t.same(read(''), [])
  t.same(read(' \t\n '), [])
  t.same(read('status:404 Status:4XX STATUS:4'), [
    { key: 'status', value: '404' },
    { key: 'status', value: '4xx' },
    { key: 'status', value: '4xx' },
  ])
  t.same(read('method:patch -dialect:AADOPTSCIM062020'), [
    { key: 'method', value: 'PATCH' },
    { key: 'dialect', value: 'aadOptscim062020', not: true },
  ])
  t.same(read('finding:ANY finding:client/'), [
    { key: 'finding', value: 'any' },
    { key: 'finding', value: 'client/' },
  ])
  t.same(read('duration:>100ms duration:<1.5s duration:>1m30s'), [
    { key: 'duration', value: '>100ms' },
    { key: 'duration', value: '<1500ms' },
    { key: 'duration', value: '>90000ms' },
  ])
})

t.test('words without a key are text, and quotation marks keep spaces, keys and quotes together', async t => {
  const words = (text: string) => [{ key: 'words', value: text }]
  t.same(read('barney'), words('barney'))
  t.same(read('12:30'), words('12:30'))
  t.same(read('{"active":false}'), words('{"active":false}'))
  t.same(read('"urn:ietf:params"'), words('urn:ietf:params'))
  t.same(read(String.raw`"a \"b\" \\ \c"`), words(String.raw`a "b" \ \c`))
  t.same(read('-'), words('-'))
  t.same(read('"-a"'), words('-a'))
  t.same(read('-"Barney Gumble"'), [{ key: 'words', value: 'Barney Gumble', not: true }])
  t.same(read('user:"Barney Gumble" x'), [{ key: 'user', value: 'Barney Gumble' }, ...words('x')])
  t.same(read('rule:a"b'), [{ key: 'rule', value: 'a"b' }])
})

t.test('names of earlier versions are accepted', async t => {
  t.same(read('refused:expired'), [{ key: 'rejected', value: 'expired' }])
  t.same(read('-Refused:any'), [{ key: 'rejected', value: 'any', not: true }])
  t.same(read('operation:refused'), [{ key: 'operation', value: 'rejected' }])
  t.same(read('operation:updateuser operation:CreateVpc api:SCIM key:ANY'), [
    { key: 'operation', value: 'UpdateUser' },
    { key: 'operation', value: 'CreateVpc' },
    { key: 'api', value: 'scim' },
    { key: 'key', value: 'any' },
  ])
})

t.test("times refer to the server's clock: absolute, today, or relative", async t => {
  const time = (text: string) => parseSearch(`after:${text}`, now).terms[0]?.value
  t.equal(time('14:00'), '2026-03-01T13:00:00.000Z')
  t.equal(time('14:00:30.5'), '2026-03-01T13:00:30.500Z')
  t.equal(time('2026-03-01'), '2026-02-28T23:00:00.000Z')
  t.equal(time('2026-07-01'), '2026-06-30T22:00:00.000Z')
  t.equal(time('2026-03-01T14:00'), '2026-03-01T13:00:00.000Z')
  t.equal(time('2026-03-01T14:00Z'), '2026-03-01T14:00:00.000Z')
  t.equal(time('2026-03-01T14:00:00.250-05:00'), '2026-03-01T19:00:00.250Z')
  t.equal(time('15m'), '2026-03-01T09:15:15.000Z')
  t.equal(time('1d2h'), '2026-02-28T07:30:15.000Z')
  for (const wrong of [
    '24:00',
    '9:00',
    '2026-02-30',
    '2026-13-01',
    '2026-02-30T10:00',
    '15',
    '99999999w',
    'x',
  ]) {
    t.equal(time(wrong), undefined, wrong)
  }
})

const timeExpected =
  'Enter a time such as 14:00, 2026-03-01 or 2026-03-01T14:00, or a time ago such as 15m or 2h.'

const errors: readonly (readonly [
  string,
  { message: string; at: number; length: number; suggestion?: string },
])[] = [
  [
    'a statsu:404',
    {
      message: 'Unknown filter "statsu": did you mean "status"?',
      at: 2,
      length: 6,
      suggestion: 'status',
    },
  ],
  [
    '-Uesr:x',
    { message: 'Unknown filter "Uesr": did you mean "user"?', at: 1, length: 4, suggestion: 'user' },
  ],
  [
    'urn:ietf',
    {
      message: `Unknown filter "urn": put the text in quotes to search for it, or use one of ${keyNames.join(', ')}.`,
      at: 0,
      length: 3,
    },
  ],
  ['status:teapot', { message: 'Enter a status such as 404, or a class such as 4xx.', at: 7, length: 6 }],
  ['status:600', { message: 'Enter a status such as 404, or a class such as 4xx.', at: 7, length: 3 }],
  [
    'method:PATHC',
    {
      message: 'Invalid value "PATHC" for "method": did you mean "PATCH"?',
      at: 7,
      length: 5,
      suggestion: 'PATCH',
    },
  ],
  [
    'dialect:"Entra ID"',
    {
      message: 'Invalid value "Entra ID" for "dialect": expected default, aadOptscim062020 or other.',
      at: 8,
      length: 10,
    },
  ],
  [
    'rejected:expird',
    {
      message: 'Invalid value "expird" for "rejected": did you mean "expired"?',
      at: 9,
      length: 6,
      suggestion: 'expired',
    },
  ],
  ['is:new', { message: 'Invalid value "new" for "is": expected replay.', at: 3, length: 3 }],
  [
    `profile:${'x'.repeat(50)}`,
    {
      message: `Invalid value "${'x'.repeat(40)}…" for "profile": expected aws, entra, rfc or interop.`,
      at: 8,
      length: 50,
    },
  ],
  ['after:yesterday', { message: timeExpected, at: 6, length: 9 }],
  ['before:2026-02-30', { message: timeExpected, at: 7, length: 10 }],
  ['duration:100ms', { message: 'Enter a limit such as >100ms or <2s.', at: 9, length: 5 }],
  ['user:', { message: 'Enter a value directly after "user:", as in user:barney.', at: 5, length: 0 }],
  ['user: barney', { message: 'Enter a value directly after "user:", as in user:barney.', at: 5, length: 0 }],
  [
    'text:""',
    { message: 'Enter a value directly after "text:", as in text:"externalId".', at: 5, length: 2 },
  ],
  [
    'a ""',
    {
      message: 'The quotation marks contain no text to search for.',
      at: 2,
      length: 2,
    },
  ],
  [
    'user:"barney',
    {
      message: 'This quotation mark is not closed. Add a " at the end; inside the text write \\".',
      at: 5,
      length: 7,
    },
  ],
  [
    '"a"b c',
    {
      message: 'A space is missing after the closing quotation mark; inside the text write \\".',
      at: 3,
      length: 1,
    },
  ],
]

for (const [text, mistake] of errors) {
  t.test(`${JSON.stringify(text)} has an error with its position and a suggestion`, async t => {
    t.same(parseSearch(text, now).errors, [mistake])
  })
}

t.test('all errors are reported, and valid terms are parsed', async t => {
  const { terms, errors } = parseSearch('statsu:1 user:barney method:x "open', now)
  t.same(terms, [{ key: 'user', value: 'barney' }])
  t.same(
    errors.map(({ at }) => at),
    [0, 28, 30],
  )
})

t.test('terms beyond the maximum are rejected from the first one', async t => {
  const { terms, errors } = parseSearch('a '.repeat(maxTerms + 2), now)
  t.equal(terms.length, maxTerms)
  t.same(errors, [
    {
      message: 'More than 50 terms are too many: leave out those from here on.',
      at: 2 * maxTerms,
      length: 4,
    },
  ])
})

t.test('every example is valid', async t => {
  for (const key of keyNames) t.equal(parseSearch(searchKeys[key].example, now).terms[0]?.key, key)
})

t.test('a search is printed as it can be entered', async t => {
  const written = 'status:4xx -user:"Barney Gumble" after:15m "-a" "x:y" text:"a\\"b" c'
  t.equal(
    printSearch(parseSearch(written, now).terms),
    'status:4xx -user:"Barney Gumble" after:2026-03-01T09:15:15.000Z "-a" "x:y" text:"a\\"b" c',
  )
})

t.test('terms that need the analysis are identified', async t => {
  const waits = (text: string) => needsNotes(parseSearch(text, now).terms)
  t.same(['finding:any', 'a -cycle:x', 'dialect:other'].map(waits), [true, true, true])
  t.same(['', 'a', 'status:404 rule:aws fault:any'].map(waits), [false, false, false])
})
