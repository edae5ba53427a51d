import t from 'tap'
import { readExport } from '../../../../src/insight/reconcile/export.ts'
import type { ExportMistake } from '../../../../src/insight/reconcile/export-error.ts'
import { defaultMappings } from '../../../../src/provisioning/entra/mapping/default-mappings.ts'

const mapping = defaultMappings.nonGallery
const read = (text: string, name?: string) => readExport(text, mapping, name)

/** The format of "Download users" (Microsoft: Download a list of users in the Azure portal). */
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

t.test('the user export of the portal is read, with any line ends and byte order mark', async t => {
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

t.test('line numbers include quoted line breaks', async t => {
  const text = 'userPrincipalName,displayName\r\n\r\nanna,"An\r\nna"\r\nbert,Bert\r\n'
  t.same(
    (await read(text)).rows.map(({ label, line }) => [label, line]),
    [
      ['anna', 3],
      ['bert', 5],
    ],
  )
})

t.test('titles are read in all known spellings', async t => {
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

t.test('a column that blocks sign-in is the opposite of accountEnabled, and is ignored', async t => {
  const { rows, ignored } = await read('UPN,Block sign in (Yes/No) [accountEnabled] Required\nanna,No\n')
  t.same(ignored, ['Block sign in (Yes/No) [accountEnabled] Required'])
  t.equal(rows[0]?.context.accountEnabled, undefined)
})

t.test('the group export of the portal is read', async t => {
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

t.test(
  'Graph responses are read: a list, an object with a list, one user, with or without a context',
  async t => {
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
  },
)

t.test('groups of Graph are read with their members and matching values', async t => {
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

t.test('the file name decides if the text does not', async t => {
  const mistake = async (text: string, name?: string) => (await mistakesOf(text, name))[0]?.message
  t.match(await mistake('anna', 'users.json'), /^Line 1, column 1: expected a value/)
  t.match(await mistake('anna', 'users.csv'), /^Line 1: the first line must name the columns/)
  t.match(await mistake('[anna', undefined), /^Line 1, column 2/)
})

async function mistakesOf(text: string, name?: string): Promise<readonly ExportMistake[]> {
  try {
    await read(text, name)
  } catch (error) {
    return (error as { mistakes: readonly ExportMistake[] }).mistakes
  }
  throw new Error(`No error in: ${text}`)
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
          'Line 1: the first line must name the columns: userPrincipalName for users, displayName for groups. Use the file of "Download users" or "Download groups" in the Microsoft Entra admin center.',
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
      {
        message:
          'Line 3: field 2 has an opening quote but no closing one. Add it, or double a quote that is part of the text.',
        line: 3,
      },
    ],
  ],
  [
    'text after a quote',
    `${header}anna,"Anna"B,True\n`,
    [
      {
        message: 'Line 2: field 2 has text after its closing quote. Double the quotes inside a quoted field.',
        line: 2,
      },
    ],
  ],
  [
    'rows of another length',
    `${header}anna,Anna,True\nbert,Bert\n`,
    [{ message: 'Line 3: has 2 fields, but the header has 3 columns.', line: 3 }],
  ],
  [
    'nobody is named',
    `${header},Anna,True\n`,
    [{ message: 'Line 2: has no userPrincipalName, the matching attribute.', line: 2 }],
  ],
  [
    'one is named twice, whatever the case',
    `${header}anna,Anna,True\nbert,Bert,True\nANNA,Anna,True\n`,
    [
      {
        message:
          'Line 4: duplicate userPrincipalName "ANNA", also in line 2. Matching values must be unique.',
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
    [{ message: 'Line 2, column 14: expected a comma or }.', line: 2 }],
  ],
  [
    'JSON of another kind',
    '{"users": 5}',
    [
      {
        message:
          'The file must be a response of Microsoft Graph: an object with a list named value, or the list itself.',
      },
    ],
  ],
  [
    'an error of Graph',
    '{"error": {"code": "InvalidAuthenticationToken"}}',
    [
      {
        message:
          'The file must be a response of Microsoft Graph: an object with a list named value, or the list itself.',
      },
    ],
  ],
  [
    'no objects',
    '[{"id":"1","userPrincipalName":"a"}, 5]',
    [{ message: '[1]: must be an object, not the number 5.' }],
  ],
  [
    'neither users nor groups',
    '{"value": [{"@odata.type": "#microsoft.graph.device", "id": "1"}]}',
    [{ message: 'value[0]: is not a user or group but device.' }],
  ],
  [
    'users and groups',
    '[{"userPrincipalName": "a"}, {"displayName": "b"}]',
    [
      {
        message: 'The file contains both users and groups. Reconcile them separately, from one file each.',
      },
    ],
  ],
  [
    'nobody',
    '[]',
    [
      {
        message:
          'The list is empty and its @odata.context does not show whether it is for users or groups. Export it again with its context.',
      },
    ],
  ],
  [
    'the first of several pages',
    '{"@odata.nextLink": "https://graph.microsoft.com/x", "value": []}',
    [
      {
        message:
          'The file is the first page of a longer list (it has @odata.nextLink). Fetch the other pages and put all objects into one list.',
      },
    ],
  ],
  [
    'one without a name',
    '{"value": [{"userPrincipalName": "a"}, {"userPrincipalName": null}]}',
    [{ message: 'value[1]: has no userPrincipalName, the matching attribute.' }],
  ],
]

t.test('errors in a file have their location', async t => {
  for (const [name, text, mistakes] of broken) t.same(await mistakesOf(text), mistakes, name)
})

t.test('of many errors, the first ones are reported in order', async t => {
  const rows = Array.from({ length: 50 }, (_, at) => (at % 2 ? `,x,True` : 'y,z'))
  const mistakes = await mistakesOf(header + rows.join('\n'))
  t.equal(mistakes.length, 21)
  t.same(
    mistakes.slice(0, 20).map(({ line }) => line),
    Array.from({ length: 20 }, (_, at) => at + 2),
  )
  t.same(mistakes.at(-1), { message: 'And 30 more errors.' })
})
