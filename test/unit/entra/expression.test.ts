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

t.test("Microsoft's samples return the documented values", async t => {
  for (const [expression, attributes, wanted] of documented) {
    t.strictSame(given(attributes)(expression), wanted, expression)
  }
})

t.test('IsSoftDeleted determines active', async t => {
  const active = 'Switch([IsSoftDeleted], , "False","True","True","False")'
  t.equal(given({}, { isSoftDeleted: false })(active), 'True')
  t.equal(given({}, { isSoftDeleted: true })(active), 'False')
  t.equal(given({}, { isSoftDeleted: true })('Not([IsSoftDeleted])'), false)
  t.equal(given({}, { accountEnabled: false })('[accountEnabled]'), false)
})

t.test('names are case-insensitive, constants are not', async t => {
  const evaluate = given({ mailNickname: 'Marge' })
  t.equal(evaluate('[MAILNICKNAME]'), 'Marge')
  t.equal(evaluate('tolower([mailnickname])'), 'marge')
  t.equal(evaluate('TOUPPER([mailNickname])'), 'MARGE')
  t.equal(evaluate('Switch([mailNickname], "other", "marge", "found")'), 'other')
})

t.test('absent and empty values are null', async t => {
  const evaluate = given({ mail: '', proxyAddresses: [] })
  for (const expression of [
    '[mail]',
    '[unknown]',
    '[proxyAddresses]',
    '[constructor]',
    'ToLower([mail])',
    'Replace([mail], "a", , , "b")',
  ]) {
    t.equal(evaluate(expression), undefined, expression)
  }
  t.equal(evaluate('Coalesce([mail], [unknown])'), undefined)
  t.equal(evaluate('Coalesce([mail], "")'), '')
  t.equal(evaluate('IsNullOrEmpty([mail])'), true)
  t.equal(evaluate('Join(" ", [mail], [unknown])'), '')
  t.equal(evaluate('IIF([mail] <> "x", "different", "not compared")'), 'not compared')
})

t.test('constants: escaped quotes and backslashes, unquoted numbers', async t => {
  const evaluate = given({})
  t.equal(evaluate(String.raw`"Company: \"Contoso\" \\ \d"`), String.raw`Company: "Contoso" \ \d`)
  t.equal(evaluate('Join("", 1000, -2.5)'), '1000-2.5')
  t.equal(evaluate(' "" '), '')
  t.equal(evaluate('Join(",", "a]b", "c)d", "e,f")'), 'a]b,c)d,e,f')
})

t.test('Join joins the values of a list', async t => {
  t.equal(given({ other: ['a', 'b'] })('Join("-", [other], "c")'), 'a-b-c')
})

t.test('numbers are compared numerically', async t => {
  const evaluate = given({ level: '10', name: 'b' })
  t.equal(evaluate('IIF([level] > 9, "more", "less")'), 'more')
  t.equal(evaluate('IIF([level] <= 10, "fits", "less")'), 'fits')
  t.equal(evaluate('IIF([name] >= "c", "after", "before")'), 'before')
})

t.test('a replacement is literal, including dollar signs', async t => {
  const evaluate = given({ title: 'a.b.c' })
  t.equal(evaluate('Replace([title], ".", , , "$&")'), 'a$&b$&c')
  t.equal(evaluate('Replace([title], "x", , , , , "$1-x")'), '$1-a.b.c')
  t.equal(evaluate('Replace([title], , "(?i)[AB]", , "-")'), '-.-.c')
})

t.test('role functions: one role, roles to add, or roles that replace', async t => {
  const roles = [roleOf('Reader'), roleOf('Admin')]
  const evaluate = given({}, { appRoles: roles })
  t.same(evaluate('SingleAppRoleAssignment([appRoleAssignments])'), {
    kind: 'singleRole',
    roles: [roleOf('Reader')],
  })
  t.same(evaluate('AppRoleAssignmentsComplex([appRoleAssignments])'), { kind: 'roles', roles })
  t.same(evaluate('AssertiveAppRoleAssignmentsComplex([AppRoleAssignments])'), {
    kind: 'assertiveRoles',
    roles,
  })
  t.same(evaluate('AppRoleAssignments([appRoleAssignments])'), ['Reader', 'Admin'])
  t.equal(evaluate('ToLower(SingleAppRoleAssignment([appRoleAssignments]))'), 'reader')
  t.equal(given({})('SingleAppRoleAssignment([appRoleAssignments])'), undefined)
})

t.test('errors are reported with their position', async t => {
  const errorOf = (expression: string) => {
    try {
      parseExpression(expression)
      return 'valid'
    } catch (error) {
      return String(error).replace(` of the expression ${expression}`, '')
    }
  }
  const known =
    'Append, AppRoleAssignments, AppRoleAssignmentsComplex, AssertiveAppRoleAssignmentsComplex, Coalesce, ' +
    'IgnoreFlowIfNullOrEmpty, IIF, IsNull, IsNullOrEmpty, IsPresent, Join, Mid, NormalizeDiacritics, Not, Replace, ' +
    'SingleAppRoleAssignment, Split, StripSpaces, Switch, ToLower, ToUpper'
  const errors: Readonly<Record<string, string>> = {
    'Join(" ", Guid())': `Character 11: Unknown function "Guid". Functions: ${known}.`,
    '': 'Character 1: Expected an [attribute], a "constant", a number or a function.',
    userPrincipalName:
      'Character 1: Unexpected name. Write [userPrincipalName] for an attribute or ' +
      '"userPrincipalName" for a constant.',
    '[mail] [mail]': 'Character 8: Expected the end of the expression.',
    'ToLower([mail]': 'Character 15: Expected a comma or a closing parenthesis.',
    'ToLower("a)': 'Character 9: The quotation mark is not closed.',
    '[mail': 'Character 1: The bracket "[" must enclose the name of an attribute.',
    'ToLower([mail]; "x")': 'Character 15: Unexpected ";".',
    'ToLower()': 'Character 1: ToLower requires 1 to 2 arguments, not 0: ToLower(source, culture).',
    'Join(" ")':
      'Character 1: Join requires 2 or more arguments, not 1: Join(separator, source1, source2, …).',
    'Switch([a], "", "k", "v", "k2")':
      'Character 1: Switch requires a value for each key: ' +
      'Switch(source, defaultValue, key1, value1, …).',
    'Replace([a], , "(", , "")':
      'Character 1: "(" is not a valid regular expression: Invalid regular expression: /(/dg: Unterminated group.',
    'Replace([a], , "(?<x>a)", "y", "")': 'Character 1: The regexPattern of Replace has no group "y".',
    'SingleAppRoleAssignment([mail])':
      'Character 1: The argument of SingleAppRoleAssignment must be [appRoleAssignments].',
  }
  for (const [expression, text] of Object.entries(errors)) {
    t.equal(errorOf(expression), `MappingError: ${text}`, expression)
  }
  t.match(errorOf('Not('.repeat(60)), /nested deeper than 50/)
})
