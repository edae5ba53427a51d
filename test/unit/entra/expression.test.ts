import t from 'tap'
import type { SourceValue } from '../../../src/entra/directory/source-directory.ts'
import { evaluateExpression, parseExpression } from '../../../src/entra/mapping/expression.ts'
import type { ExpressionContext } from '../../../src/entra/mapping/values.ts'
import { roleOf, sourceOf } from '../../support/entra.ts'

const given =
  (attributes: Readonly<Record<string, SourceValue>>, more: Partial<ExpressionContext> = {}) =>
  (expression: string) =>
    evaluateExpression(parseExpression(expression), sourceOf(attributes, more))

/** Expressions of Microsoft's reference, with the input and output that it gives. */
const documented: readonly (readonly [string, Readonly<Record<string, SourceValue>>, unknown])[] = [
  [
    'Append([userPrincipalName], ".test")',
    { userPrincipalName: 'John.Doe@contoso.com' },
    'John.Doe@contoso.com.test',
  ],
  [
    'Coalesce([mail],[userPrincipalName])',
    { userPrincipalName: 'John.Doe@contoso.com' },
    'John.Doe@contoso.com',
  ],
  ['IIF([country]="USA",[country],[department])', { country: 'USA', department: 'Sales' }, 'USA'],
  ['IIF([country]="USA",[country],[department])', { country: 'Peru', department: 'Sales' }, 'Sales'],
  ['IIF([country]="USA",IIF([state]="CA","True","False"),"False")', { country: 'USA', state: 'CA' }, 'True'],
  ['NormalizeDiacritics([givenName])', { givenName: 'Zoë' }, 'Zoe'],
  ['NormalizeDiacritics("Łøß Ångström")', {}, 'Loess Angstrom'],
  [
    'Switch([state], "Australia/Sydney", "NSW", "Australia/Sydney","QLD", "Australia/Brisbane", "SA", "Australia/Adelaide")',
    { state: 'QLD' },
    'Australia/Brisbane',
  ],
  ['Switch([statusFlag], "Default Value", "true", "1", "", "0")', {}, '0'],
  ['Switch([country],[country],"","Other")', { country: 'Peru' }, 'Peru'],
  ['Switch(IsPresent([jobTitle]), "DefaultValue", "True", [jobTitle])', {}, 'DefaultValue'],
  ['Switch(IsPresent([jobTitle]), "DefaultValue", "True", [jobTitle])', { jobTitle: 'Clerk' }, 'Clerk'],
  ['IgnoreFlowIfNullOrEmpty(Switch([prefix], "", "3443", "Dr."))', { prefix: '1' }, undefined],
  [
    'ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".",  [First], [Last]))), "contoso.com"))',
    { First: 'John', Last: 'Smith' },
    'john.smith@contoso.com',
  ],
  ['Append(Mid([givenName], 1, 3), Mid([surname], 1, 5))', { givenName: 'John', surname: 'Doe' }, 'JohDoe'],
  ['Join(", ", "", [surname], [givenName])', { givenName: 'John', surname: 'Doe' }, 'Doe, John'],
  ['Split([extensionAttribute5], ",")', { extensionAttribute5: 'One, Two' }, ['One', 'Two']],
  ['Replace([mail], "@contoso.com", , ,"", ,)', { mail: 'john.doe@contoso.com' }, 'john.doe'],
  [
    'Replace([BusinessTitle],"Product Developer", , , "Software Engineer", , )',
    { BusinessTitle: 'Product Developer' },
    'Software Engineer',
  ],
  [
    'Replace([UserID],"<username>", , , , , "<username>@contoso.com")',
    { UserID: 'jsmith' },
    'jsmith@contoso.com',
  ],
  [
    `Replace([telephoneNumber], , "\\\\+(?<isdCode>\\\\d* )(?<phoneNumber>\\\\d{10})", , "\${phoneNumber}", , )`,
    { telephoneNumber: '+91 9998887777' },
    '9998887777',
  ],
  [String.raw`Replace([mobile], , "[()\\s-]+", , "", , )`, { mobile: '1 (999) 888-7777' }, '19998887777'],
  [
    String.raw`Replace([AddressLineData], ,"(?<streetNumber>^\\d*)","streetNumber", "888", , )`,
    { AddressLineData: '545 Tremont Street' },
    '888 Tremont Street',
  ],
  [
    'Replace([userPrincipalName], , "(?<Suffix>@(.)*)", "Suffix", "", , )',
    { userPrincipalName: 'jsmith@contoso.com' },
    'jsmith',
  ],
  [
    String.raw`Replace([telephoneNumber], , "\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", "phoneNumber" , , [mobile], )`,
    { mobile: '+91 8887779999' },
    '8887779999',
  ],
  [
    String.raw`Replace([telephoneNumber], , "\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", "phoneNumber" , , [mobile], )`,
    { telephoneNumber: '1', mobile: '+91 8887779999' },
    '1',
  ],
  ['Replace([mailNickname], , "[a-zA-Z_]*", , "", , )', { mailNickname: 'john_doe72' }, '72'],
]

t.test("Microsoft's samples give what its reference says", async t => {
  for (const [expression, attributes, wanted] of documented) {
    t.strictSame(given(attributes)(expression), wanted, expression)
  }
})

t.test('IsSoftDeleted decides what active becomes', async t => {
  const active = 'Switch([IsSoftDeleted], , "False","True","True","False")'
  t.equal(given({}, { isSoftDeleted: false })(active), 'True')
  t.equal(given({}, { isSoftDeleted: true })(active), 'False')
  t.equal(given({}, { isSoftDeleted: true })('Not([IsSoftDeleted])'), false)
  t.equal(given({}, { accountEnabled: false })('[accountEnabled]'), false)
})

t.test('names have no case, constants do', async t => {
  const ask = given({ mailNickname: 'Marge' })
  t.equal(ask('[MAILNICKNAME]'), 'Marge')
  t.equal(ask('tolower([mailnickname])'), 'marge')
  t.equal(ask('TOUPPER([mailNickname])'), 'MARGE')
  t.equal(ask('Switch([mailNickname], "other", "marge", "found")'), 'other')
})

t.test('what is absent or empty is null', async t => {
  const ask = given({ mail: '', proxyAddresses: [] })
  for (const expression of [
    '[mail]',
    '[nobody]',
    '[proxyAddresses]',
    '[constructor]',
    'ToLower([mail])',
    'Replace([mail], "a", , , "b")',
  ]) {
    t.equal(ask(expression), undefined, expression)
  }
  t.equal(ask('Coalesce([mail], [nobody])'), undefined)
  t.equal(ask('Coalesce([mail], "")'), '')
  t.equal(ask('IsNullOrEmpty([mail])'), true)
  t.equal(ask('Join(" ", [mail], [nobody])'), '')
  t.equal(ask('IIF([mail] <> "x", "different", "not compared")'), 'not compared')
})

t.test('constants: quotes and backslashes are escaped, numbers stand bare', async t => {
  const ask = given({})
  t.equal(ask(String.raw`"Company: \"Contoso\" \\ \d"`), String.raw`Company: "Contoso" \ \d`)
  t.equal(ask('Join("", 1000, -2.5)'), '1000-2.5')
  t.equal(ask(' "" '), '')
  t.equal(ask('Join(",", "a]b", "c)d", "e,f")'), 'a]b,c)d,e,f')
})

t.test('a list is joined value by value', async t => {
  t.equal(given({ other: ['a', 'b'] })('Join("-", [other], "c")'), 'a-b-c')
})

t.test('comparisons are by number where both are numbers', async t => {
  const ask = given({ level: '10', name: 'b' })
  t.equal(ask('IIF([level] > 9, "more", "less")'), 'more')
  t.equal(ask('IIF([level] <= 10, "fits", "less")'), 'fits')
  t.equal(ask('IIF([name] >= "c", "after", "before")'), 'before')
})

t.test('a replacement stands for itself, dollars and all', async t => {
  const ask = given({ title: 'a.b.c' })
  t.equal(ask('Replace([title], ".", , , "$&")'), 'a$&b$&c')
  t.equal(ask('Replace([title], "x", , , , , "$1-x")'), '$1-a.b.c')
  t.equal(ask('Replace([title], , "(?i)[AB]", , "-")'), '-.-.c')
})

t.test('roles: one, several, or several instead of what is there', async t => {
  const roles = [roleOf('Reader'), roleOf('Admin')]
  const ask = given({}, { appRoles: roles })
  t.same(ask('SingleAppRoleAssignment([appRoleAssignments])'), {
    kind: 'singleRole',
    roles: [roleOf('Reader')],
  })
  t.same(ask('AppRoleAssignmentsComplex([appRoleAssignments])'), { kind: 'roles', roles })
  t.same(ask('AssertiveAppRoleAssignmentsComplex([AppRoleAssignments])'), { kind: 'assertiveRoles', roles })
  t.same(ask('AppRoleAssignments([appRoleAssignments])'), ['Reader', 'Admin'])
  t.equal(ask('ToLower(SingleAppRoleAssignment([appRoleAssignments]))'), 'reader')
  t.equal(given({})('SingleAppRoleAssignment([appRoleAssignments])'), undefined)
})

t.test('what cannot be read is told with its place', async t => {
  const refused = (expression: string) => {
    try {
      parseExpression(expression)
      return 'read'
    } catch (error) {
      return String(error).replace(`of the expression ${expression}`, '…')
    }
  }
  const known =
    'Append, AppRoleAssignments, AppRoleAssignmentsComplex, AssertiveAppRoleAssignmentsComplex, Coalesce, ' +
    'IgnoreFlowIfNullOrEmpty, IIF, IsNull, IsNullOrEmpty, IsPresent, Join, Mid, NormalizeDiacritics, Not, Replace, ' +
    'SingleAppRoleAssignment, Split, StripSpaces, Switch, ToLower, ToUpper'
  const mistakes: Readonly<Record<string, string>> = {
    'Join(" ", Guid())': `At character 11 …: The function "Guid" isn't known here. Known are ${known}.`,
    '': 'At character 1 …: An [attribute], a "constant", a number or a function should stand here.',
    userPrincipalName:
      'At character 1 …: "userPrincipalName" stands alone. Write [userPrincipalName] for an attribute, ' +
      '"userPrincipalName" for a constant.',
    '[mail] [mail]': 'At character 8 …: The expression should end here.',
    'ToLower([mail]': 'At character 15 …: A comma or the closing bracket ")" is missing.',
    'ToLower("a)': 'At character 9 …: This quotation mark is never closed.',
    '[mail': 'At character 1 …: This bracket "[" should enclose the name of an attribute.',
    'ToLower([mail]; "x")': 'At character 15 …: ";" can\'t stand here.',
    'ToLower()': 'At character 1 …: ToLower takes 1 to 2 arguments, here it has 0: ToLower(source, culture).',
    'Join(" ")':
      'At character 1 …: Join takes 2 or more arguments, here it has 1: Join(separator, source1, source2, …).',
    'Switch([a], "", "k", "v", "k2")':
      'At character 1 …: Switch takes keys and values in pairs, here the last key has no value: ' +
      'Switch(source, defaultValue, key1, value1, …).',
    'Replace([a], , "(", , "")':
      'At character 1 …: "(" is no regular expression: Invalid regular expression: /(/dg: Unterminated group.',
    'Replace([a], , "(?<x>a)", "y", "")':
      'At character 1 …: The regexPattern of Replace has no group named "y".',
    'SingleAppRoleAssignment([mail])':
      'At character 1 …: SingleAppRoleAssignment takes the attribute [appRoleAssignments], and nothing else.',
  }
  for (const [expression, text] of Object.entries(mistakes)) {
    t.equal(refused(expression), `MappingError: ${text}`, expression)
  }
  t.match(refused('Not('.repeat(60)), /nested deeper than 50/)
})
