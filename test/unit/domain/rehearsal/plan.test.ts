import { parse } from 'csv-parse/sync'
import t from 'tap'
import { escapeHidden } from '../../../../src/domain/client-text.ts'
import { reportOf } from '../../../../src/domain/rehearsal/plan.ts'
import { toCsv, toHtml, toMarkdown } from '../../../../src/domain/rehearsal/plan-documents.ts'
import { accessRow, sampleRehearsal } from '../../../support/rehearsal.ts'

t.test('the report says first who loses access, when, and what would prevent it', async t => {
  const [result, lost, prevented, objects] = reportOf(sampleRehearsal(), 20)
  t.same(result, {
    title: 'Result',
    lines: [
      '1 person loses access, the first at the switch.',
      'By cause: 1 with another sign-in name.',
      'Users: 3 kept, 1 refused.',
      'Groups: 2 kept.',
      'Memberships: 5 kept.',
      'Assignments without a user or group: 0 before, 0 after.',
      'First cycle of Microsoft Entra ID, mapping aws: 20 requests, 4 writes, about 1 second.',
    ],
  })
  t.same(lost?.table, {
    columns: [...['Person', 'Account', 'Permission set', 'Through'], ...['Cause', 'When', 'Remedy']],
    rows: [
      [
        ...['bea@example.com', 'Booking (111122223333)', 'ReadOnly', 'Crew'],
        ...['with another sign-in name'],
        ...['at the switch, for good; open sessions up to PT1H', 'match-mail'],
      ],
    ],
    omitted: 0,
  })
  t.same(prevented?.checks, [
    {
      text: 'match-mail: Map mail to userName. With this alone, 0 people lose access instead of 1, and AWS rejects 0 users and groups instead of 1.',
      commands: [],
    },
  ])
  t.same(objects?.table?.rows, [
    [
      ...['refused', 'User', 'bea@example.com', 'beatrice.berg@example.com'],
      ...['POST got 409: Duplicate resource.', 'match-mail'],
    ],
  ])
})

t.test('the report counts rows that it does not list', async t => {
  const people = [accessRow({ person: 'a' }), accessRow({ person: 'b' }), accessRow({ person: 'c' })]
  const [, lost] = reportOf(sampleRehearsal({ people, peopleOmitted: 4 }), 2)
  t.match(lost?.table, { omitted: 5 })
  t.same(
    lost?.table?.rows.map(([person]) => person),
    ['a', 'b'],
  )
})

t.test('a change that deletes everything is not planned', async t => {
  const stopped = 'The change itself deletes all users, groups and assignments.'
  t.equal(
    toMarkdown(sampleRehearsal({ stopped, people: [], objects: [], remedies: [], unknown: [] })),
    `# Change of the identity provider to Microsoft Entra ID, mapping aws: d-9067a1b2c3\n\n## Result\n\n- ${stopped}\n`,
  )
})

t.test('the plan as Markdown has check boxes in the order of the days', async t => {
  const commands = ["aws identitystore update-user --user-id 'a`b'"]
  const [remedy] = sampleRehearsal().remedies
  const markdown = toMarkdown(sampleRehearsal({ remedies: remedy ? [{ ...remedy, commands }] : [] }))
  t.same(
    [...markdown.matchAll(/^#+ .*$/gm)].map(([title]) => title),
    [
      '# Change of the identity provider to Microsoft Entra ID, mapping aws: d-9067a1b2c3',
      '## Result',
      '## Before the switch',
      '## The switch',
      '## First cycle',
      '## Afterwards',
      '## People who lose access',
      '## Users and groups that change',
      '## What the rehearsal cannot know',
    ],
  )
  t.match(
    markdown,
    '- [ ] match-mail: Map mail to userName. With this alone, 0 people lose access instead of 1, and AWS rejects 0 users and groups instead of 1.\n\n  ```sh\n' +
      `  ${commands[0]}\n  \`\`\`\n`,
  )
  t.match(markdown, '- [ ] Expect 1 user or group that AWS rejects.')
})

const hostile = [
  '=HYPERLINK("https://example.com")',
  '<script>alert(1)</script>',
  '| [x](javascript:1) ![](//example.com/x.png) `',
  'line\none\u001b[2J\u202e',
  '```\n# title',
]

t.test('names are text in every format', async t => {
  const rehearsal = sampleRehearsal({
    directory: '<b>\n# title',
    people: hostile.map(person => accessRow({ person, via: person, permissionSet: person })),
    notes: hostile,
  })
  const markdown = toMarkdown(rehearsal)
  t.notMatch(markdown, /(?<!\\)<(script|b)>|\u001b|\u202e/)
  t.equal(markdown.match(/^# /gm)?.length, 1)
  t.notMatch(markdown, /^```/m)
  t.match(markdown, '\\| \\[x\\](javascript:1) \\!\\[\\](//example.com/x.png) \\`')
  const html = toHtml(rehearsal)
  t.notMatch(html, /<script|<b>|\u001b|\u202e/)
  t.match(html, '&lt;script&gt;alert(1)&lt;/script&gt;')
  const rows: string[][] = parse(toCsv(rehearsal))
  t.same(
    rows.slice(1).map(([person]) => person),
    hostile.map(escapeHidden).map(person => (person.startsWith('=') ? `'${person}` : person)),
  )
})

t.test('the first line says that the client provisions no users', async t => {
  const { summary } = sampleRehearsal()
  const [result] = reportOf(sampleRehearsal({ summary: { ...summary, provisioned: 0 } }), 20)
  t.match(result?.lines?.[0], /^The client provisions no users: /)
})

t.test('a name of a million characters is cut in documents', async t => {
  const person = '<'.repeat(1_000_000)
  const rehearsal = sampleRehearsal({ directory: person, people: [accessRow({ person, via: person })] })
  t.ok(toMarkdown(rehearsal).length < 10_000)
  t.ok(toHtml(rehearsal).length < 20_000)
})

t.test('the CSV file has one row a person, account and permission set', async t => {
  t.equal(
    toCsv(sampleRehearsal()),
    'person,source,awsUserId,account,accountName,permissionSet,via,before,after,outcome,cause,fromMinutes,untilMinutes,remedy\r\n' +
      'bea@example.com,beatrice.berg@example.com,e408f478-f011-7049-b175-4d4509ad37d0,111122223333,Booking,ReadOnly,Crew,true,false,lost,name-id,0,,match-mail\r\n',
  )
})
