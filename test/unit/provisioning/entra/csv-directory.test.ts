import t from 'tap'
import { mistakesOf, readFolder, readOne } from '../../../support/entra-files.ts'

t.test('the user export of the Entra admin center is read', async t => {
  const { directory, warnings } = await readOne(
    t,
    'exportUsers_2026-11-24.csv',
    '\ufeffuserPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,accountEnabled,usageLocation,' +
      'streetAddress,state,country,officeLocation,city,postalCode,telephoneNumber,mobilePhone,alternateEmailAddress,ageGroup,' +
      'companyName,createdDateTime\r\n' +
      'marge@s.example,Marge Simpson,Simpson,marge@mail.example,Marge,m1,Member,"Auditor, Security",IT,True,US,' +
      '"742 Evergreen\r\nTerrace",,US,7G,Springfield,12345,555 0100,555 0199,,,Plant,2026-01-01T00:00:00Z\r\n' +
      'barney@s.example,"Barney ""the belch"" Gumble",Gumble,,Barney,b1,Member,,,False,,,,,,,,,,,,,\r\n',
  )
  t.same(directory.users, [
    {
      objectId: 'm1',
      accountEnabled: true,
      attributes: {
        userPrincipalName: 'marge@s.example',
        displayName: 'Marge Simpson',
        surname: 'Simpson',
        mail: 'marge@mail.example',
        givenName: 'Marge',
        userType: 'Member',
        jobTitle: 'Auditor, Security',
        department: 'IT',
        usageLocation: 'US',
        streetAddress: '742 Evergreen\r\nTerrace',
        country: 'US',
        physicalDeliveryOfficeName: '7G',
        city: 'Springfield',
        postalCode: '12345',
        telephoneNumber: '555 0100',
        mobile: '555 0199',
        companyName: 'Plant',
        createdDateTime: '2026-01-01T00:00:00Z',
      },
    },
    {
      objectId: 'b1',
      accountEnabled: false,
      attributes: {
        userPrincipalName: 'barney@s.example',
        displayName: 'Barney "the belch" Gumble',
        surname: 'Gumble',
        givenName: 'Barney',
        userType: 'Member',
      },
    },
  ])
  t.same(warnings, [])
})

const usersCsv =
  'id,userPrincipalName,accountEnabled,manager\nm1,marge@s.example,true,\nb1,barney@s.example,TRUE,marge@s.example\n'

t.test('a folder of CSV files is read', async t => {
  const { directory, warnings } = await readFolder(t, {
    'users.csv': usersCsv,
    'groups.csv': 'objectId;displayName;securityEnabled\ng1;Operators;true\ng2;Auditors;false\n',
    'members.csv': 'group,member\nOperators,marge@s.example\ng1,b1\nOperators,Auditors\n',
    'members/Auditors.csv':
      'id,userPrincipalName,displayName,objectType,isUser\nb1,barney@s.example,Barney,User,True\nd1,,Laptop,Device,False\n',
    'assignments.csv': 'principal,appRole\nOperators,\nm1,Admin\n',
  })
  t.same(directory, {
    users: [
      { objectId: 'm1', accountEnabled: true, attributes: { userPrincipalName: 'marge@s.example' } },
      {
        objectId: 'b1',
        accountEnabled: true,
        attributes: { userPrincipalName: 'barney@s.example' },
        manager: 'm1',
      },
    ],
    groups: [
      {
        objectId: 'g1',
        attributes: { displayName: 'Operators', securityEnabled: true },
        members: ['m1', 'b1', 'g2'],
      },
      { objectId: 'g2', attributes: { displayName: 'Auditors', securityEnabled: false }, members: ['b1'] },
    ],
    assignments: [
      { principal: 'g1' },
      { principal: 'm1', appRole: { id: 'Admin', value: 'Admin', displayName: 'Admin' } },
    ],
  })
  t.same(warnings, ['members/Auditors.csv, line 3: "d1" is not a user or group but device; ignored.'])
})

t.test('managers are read from a separate file', async t => {
  const { directory } = await readFolder(t, {
    'users.csv': usersCsv,
    'managers.csv': 'user,manager\nmarge@s.example,b1\n',
  })
  t.same(
    directory.users.map(({ manager }) => manager),
    ['b1', 'm1'],
  )
})

t.test('a column named __proto__ is an attribute', async t => {
  const { directory } = await readOne(t, 'users.csv', 'id,userPrincipalName,__proto__\nm1,marge,x\n')
  t.same(Object.entries(directory.users[0]?.attributes ?? {}), [
    ['userPrincipalName', 'marge'],
    ['__proto__', 'x'],
  ])
})

t.test('a file with too many columns is rejected', async t => {
  const columns = Array.from({ length: 200_000 }, (_, at) => `column${at}`)
  t.same(await mistakesOf(readOne(t, 'users.csv', `id,userPrincipalName,${columns.join()}\nm1,marge\n`)), [
    'users.csv, line 1: the header has 200002 columns; at most 1000 are allowed. Remove unneeded columns.',
  ])
})

t.test('errors contain file and line', async t => {
  t.same(
    await mistakesOf(
      readFolder(t, {
        'users.csv': 'id,userPrincipalName,mail,mail\nm1,marge\n\n,"nobody\n",,\nb1,barney,,,\n"x',
        'groups.csv': '',
        'members.csv': 'group,member\n,m1\n',
      }),
    ),
    [
      'groups.csv: is empty; the first line must name the columns.',
      'members.csv, line 2: group must be an id or a name, not nothing.',
      'users.csv, line 1: duplicate column mail.',
      'users.csv, line 2: has 2 fields, but the header has 4 columns.',
      'users.csv, line 6: has 5 fields, but the header has 4 columns.',
      'users.csv, line 7: field 1 has an opening quote but no closing one. Add it, or double a quote that is part of the text.',
      'users.csv, line 4: id is missing.',
    ],
  )
})
