import t from 'tap'
import { defaultMappings } from '../../../src/entra/mapping/default-mappings.ts'
import { type ExportMistake, readExport } from '../../../src/reconcile/export.ts'

const mapping = defaultMappings.nonGallery
const read = (text: string, name?: string) => readExport(text, mapping, name)

/** As "Download users" makes it (Microsoft: Download a list of users in the Azure portal). */
const portal = [
  'userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,accountEnabled,usageLocation,streetAddress,state,country,physicalDeliveryOfficeName,city,postalCode,telephoneNumber,mobile,alternateEmailAddress,ageGroup,consentProvidedForMinor,legalAgeGroupClassification,companyName,creationType,directorySynced,invitationState,identityIssuer,createdDateTime',
  'anna@example.com,"Berg, Anna",Berg,anna@example.com,Anna,0f0c1f2e-0000-4000-8000-000000000001,Member,"Head of ""Things""",Sales,True,DE,,,,,,,,,,,,,,,,,,2026-01-01T00:00:00Z',
  'bert@example.com,Bert,,,,0f0c1f2e-0000-4000-8000-000000000002,Member,,,False,,,,,,,,,,,,,,,,,,,',
]

const annaAttributes = {
  userPrincipalName: 'anna@example.com',
  displayName: 'Berg, Anna',
  surname: 'Berg',
  mail: 'anna@example.com',
  givenName: 'Anna',
  userType: 'Member',
  jobTitle: 'Head of "Things"',
  department: 'Sales',
  usageLocation: 'DE',
  createdDateTime: '2026-01-01T00:00:00Z',
  objectId: '0f0c1f2e-0000-4000-8000-000000000001',
}

t.test('the users that the portal downloads, whatever its line ends and marks', async t => {
  for (const text of [
    portal.join('\n'),
    `\ufeff${portal.join('\r\n')}\r\n`,
    `${portal.join('\n\n')}\n\n\n`,
  ]) {
    const { format, type, rows, ignored } = await read(text)
    t.same([format, type], ['csv', 'User'])
    t.same(
      rows.map(({ label, context: { attributes, accountEnabled, isSoftDeleted } }) => ({
        label,
        attributes,
        accountEnabled,
        isSoftDeleted,
      })),
      [
        { label: 'anna@example.com', attributes: annaAttributes, accountEnabled: true, isSoftDeleted: false },
        {
          label: 'bert@example.com',
          attributes: {
            userPrincipalName: 'bert@example.com',
            displayName: 'Bert',
            userType: 'Member',
            objectId: '0f0c1f2e-0000-4000-8000-000000000002',
          },
          accountEnabled: false,
          isSoftDeleted: true,
        },
      ],
    )
    t.same(ignored, [
      ...['id', 'userType', 'usageLocation', 'alternateEmailAddress', 'ageGroup', 'consentProvidedForMinor'],
      ...['legalAgeGroupClassification', 'companyName', 'creationType', 'directorySynced', 'invitationState'],
      ...['identityIssuer', 'createdDateTime'],
    ])
  }
})

t.test('lines are counted over quoted line breaks', async t => {
  const text = 'userPrincipalName,displayName\r\n\r\nanna,"An\r\nna"\r\nbert,Bert\r\n'
  t.same(
    (await read(text)).rows.map(({ label, line }) => [label, line]),
    [
      ['anna', 3],
      ['bert', 5],
    ],
  )
})

t.test('titles are read in every spelling that is about', async t => {
  for (const header of [
    'User principal name;Display name;Account enabled;First name;Last name;Job title;State or province;ZIP or postal code;Office phone',
    'UserPrincipalName;DisplayName;AccountEnabled;GivenName;Surname;JobTitle;State;PostalCode;TelephoneNumber',
    'UPN;Name;ACCOUNTENABLED;given_name;SURNAME;job-title;state;postalCode;Business phone',
    'User name [userPrincipalName] Required;Name [displayName] Required;x [accountEnabled];First name [givenName];Last name [surname];Job title [jobTitle];State or province [state];ZIP or postal code [postalCode];Office phone [telephoneNumber]',
  ]) {
    const { rows, ignored } = await read(`${header}\nanna;Anna;true;A;B;T;S;Z;5`)
    t.same(ignored, [], header)
    t.same(
      rows.map(({ context }) => context.attributes),
      [
        {
          userPrincipalName: 'anna',
          displayName: 'Anna',
          givenName: 'A',
          surname: 'B',
          jobTitle: 'T',
          state: 'S',
          postalCode: 'Z',
          telephoneNumber: '5',
        },
      ],
      header,
    )
  }
})

t.test('a column that blocks sign in says the opposite of its name, and is ignored', async t => {
  const { rows, ignored } = await read('UPN,Block sign in (Yes/No) [accountEnabled] Required\nanna,No\n')
  t.same(ignored, ['Block sign in (Yes/No) [accountEnabled] Required'])
  t.equal(rows[0]?.context.accountEnabled, undefined)
})

t.test('the groups that the portal downloads', async t => {
  const { format, type, rows, ignored } = await read(
    'id,displayName,groupType,membershipType,source,mail,securityEnabled\n7f,Operators,Security,Assigned,Cloud,,True\n',
  )
  t.same(
    [format, type, rows.map(({ label, context }) => [label, context.attributes.objectId])],
    ['csv', 'Group', [['Operators', '7f']]],
  )
  t.same(ignored, ['groupType', 'membershipType', 'source', 'mail', 'securityEnabled'])
})

const graphUser = {
  id: '1',
  userPrincipalName: 'anna@example.com',
  displayName: 'Anna',
  businessPhones: ['+49 1'],
  accountEnabled: true,
  jobTitle: null,
}

t.test('what Graph answers: a list, an object with one, one user, with or without a context', async t => {
  const context = 'https://graph.microsoft.com/v1.0/$metadata#users(id,displayName)'
  for (const json of [
    { '@odata.context': context, value: [graphUser] },
    { value: [graphUser] },
    [graphUser],
    graphUser,
    { value: [{ '@odata.type': '#microsoft.graph.user', ...graphUser }] },
  ]) {
    const { format, type, rows } = await read(JSON.stringify(json, undefined, 2))
    t.match(
      { format, type, rows },
      {
        format: 'graph',
        type: 'User',
        rows: [{ label: 'anna@example.com', context: { attributes: { telephoneNumber: '+49 1' } } }],
      },
    )
  }
  t.match(await read(JSON.stringify({ '@odata.context': context, value: [] })), { type: 'User', rows: [] })
  const { ignored } = await read(JSON.stringify([{ ...graphUser, imAddresses: [], '@odata.id': 'x' }]))
  t.same(ignored, ['id', 'imAddresses'], "under Graph's names")
})

t.test('groups of Graph with their members, told by what they are matched by', async t => {
  const value = [
    {
      id: 'g',
      displayName: 'Operators',
      members: [
        { '@odata.type': '#microsoft.graph.user', ...graphUser },
        { '@odata.type': '#microsoft.graph.group', id: 'h', displayName: 'Admins' },
      ],
    },
    { id: 'h', displayName: 'Admins', members: [] },
    { id: 'i', displayName: 'Auditors' },
  ]
  const { type, rows, ignored } = await read(JSON.stringify({ value }))
  t.same([type, ignored], ['Group', []])
  t.same(
    rows.map(({ members }) => members),
    [['anna@example.com', 'Admins'], [], undefined],
  )

  const bare = await read(JSON.stringify([{ id: 'g', displayName: 'Operators', members: ['id-of-anna'] }]))
  t.same([bare.rows[0]?.members, bare.ignored], [undefined, ['members']])
})

t.test('the name of the file decides where the text does not tell', async t => {
  const mistake = async (text: string, name?: string) => (await mistakesOf(text, name))[0]?.message
  t.match(await mistake('anna', 'users.json'), /^Line 1, column 1: a value/)
  t.match(await mistake('anna', 'users.csv'), /^Line 1: it has to name the columns/)
  t.match(await mistake('[anna', undefined), /^Line 1, column 2/)
})

async function mistakesOf(text: string, name?: string): Promise<readonly ExportMistake[]> {
  try {
    await read(text, name)
  } catch (error) {
    return (error as { mistakes: readonly ExportMistake[] }).mistakes
  }
  throw new Error(`It was read: ${text}`)
}

const header = 'userPrincipalName,displayName,accountEnabled\n'
const broken: readonly (readonly [name: string, text: string, mistakes: readonly ExportMistake[]])[] = [
  ['nothing', ' \n ', [{ message: 'The file is empty.' }]],
  [
    'no header',
    'anna@example.com,Anna\n',
    [
      {
        message:
          'Line 1: it has to name the columns, userPrincipalName among them for users, or displayName for groups. Is this what "Download users" or "Download groups" of Entra\'s portal has made?',
        line: 1,
      },
    ],
  ],
  [
    'two columns for one attribute',
    'UPN,User name,displayName\n',
    [{ message: 'Line 1: the columns "UPN" and "User name" are the same attribute.', line: 1 }],
  ],
  [
    'a quote that is not closed',
    `${header}anna,Anna,True\nbert,"Bert,True\ncarl,Carl,True\n`,
    [
      { message: 'Line 3: unclosed quote.', line: 3 },
      { message: 'Line 3: it has 2 fields, and the first line names 3 columns.', line: 3 },
    ],
  ],
  [
    'text behind a quote',
    `${header}anna,"Anna"B,True\n`,
    [
      {
        message: 'Line 2: text after a closing quote; double quotes inside a quoted field.',
        line: 2,
      },
    ],
  ],
  [
    'rows of another length',
    `${header}anna,Anna,True\nbert,Bert\n`,
    [{ message: 'Line 3: it has 2 fields, and the first line names 3 columns.', line: 3 }],
  ],
  [
    'nobody is named',
    `${header},Anna,True\n`,
    [{ message: 'Line 2: it has no userPrincipalName, by which it would be found.', line: 2 }],
  ],
  [
    'one is named twice, whatever the case',
    `${header}anna,Anna,True\nbert,Bert,True\nANNA,Anna,True\n`,
    [
      {
        message:
          'Line 4: the userPrincipalName "ANNA" is that of line 2, too; only one of them can be found by it.',
        line: 4,
      },
    ],
  ],
  [
    'a truth that is none',
    `${header}anna,Anna,perhaps\n`,
    [{ message: 'Line 2: accountEnabled must be true or false, not the string "perhaps".', line: 2 }],
  ],
  [
    'broken JSON',
    '{"value": [\n  {"id": "1" "displayName": "x"}\n]}',
    [{ message: 'Line 2, column 14: a comma or } has to stand here.', line: 2 }],
  ],
  [
    'JSON of another kind',
    '{"users": 5}',
    [
      {
        message:
          'The file has to be what Microsoft Graph answers, an object with a list called value, or such a list.',
      },
    ],
  ],
  [
    'an error of Graph',
    '{"error": {"code": "InvalidAuthenticationToken"}}',
    [
      {
        message:
          'The file has to be what Microsoft Graph answers, an object with a list called value, or such a list.',
      },
    ],
  ],
  [
    'no objects',
    '[{"id":"1","userPrincipalName":"a"}, 5]',
    [{ message: '[1]: it must be an object, not the number 5.' }],
  ],
  [
    'neither users nor groups',
    '{"value": [{"@odata.type": "#microsoft.graph.device", "id": "1"}]}',
    [{ message: 'value[0]: it is neither a user nor a group but device.' }],
  ],
  [
    'users and groups',
    '[{"userPrincipalName": "a"}, {"displayName": "b"}]',
    [
      {
        message: 'The file holds users and groups. Reconcile them one after the other, from a file each.',
      },
    ],
  ],
  [
    'nobody',
    '[]',
    [{ message: 'The file holds nobody, and does not say whether it is of users or of groups.' }],
  ],
  [
    'the first of several pages',
    '{"@odata.nextLink": "https://graph.microsoft.com/x", "value": []}',
    [
      {
        message:
          'The file is only the first page of a longer list: it says so in @odata.nextLink. Fetch the other pages, and put all objects into one list.',
      },
    ],
  ],
  [
    'one without a name',
    '{"value": [{"userPrincipalName": "a"}, {"userPrincipalName": null}]}',
    [{ message: 'value[1]: it has no userPrincipalName, by which it would be found.' }],
  ],
]

t.test('a broken file is told where it is broken', async t => {
  for (const [name, text, mistakes] of broken) t.same(await mistakesOf(text), mistakes, name)
})

t.test('of many mistakes the first are told, in order', async t => {
  const rows = Array.from({ length: 50 }, (_, at) => (at % 2 ? `,x,True` : 'y,z'))
  const mistakes = await mistakesOf(header + rows.join('\n'))
  t.equal(mistakes.length, 21)
  t.same(
    mistakes.slice(0, 20).map(({ line }) => line),
    Array.from({ length: 20 }, (_, at) => at + 2),
  )
  t.same(mistakes.at(-1), { message: 'And 30 more errors.' })
})
