import t from 'tap'
import { evaluateExpression, parseExpression } from '../../../../src/provisioning/entra/mapping/expression.ts'
import { MappingError } from '../../../../src/provisioning/entra/mapping/fields.ts'
import { readMapping } from '../../../../src/provisioning/entra/mapping/read-mapping.ts'
import { isInScope } from '../../../../src/provisioning/entra/mapping/scoping-filter.ts'
import type { ExpressionContext } from '../../../../src/provisioning/entra/mapping/values.ts'
import type { SourceValue } from '../../../../src/provisioning/kit/directory/source-directory.ts'
import { roleOf, sourceOf } from '../../../support/entra.ts'

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

type Clause = readonly [attribute: string, operator: string, value?: string | number]

const scope = (...filters: readonly (readonly Clause[])[]) =>
  readMapping({
    users: {
      scope: filters.map(clauses => ({
        clauses: clauses.map(([attribute, operator, value]) => ({ attribute, operator, value })),
      })),
      attributes: [{ source: '[mail]', target: 'userName', matching: 1 }],
    },
  }).users.scope

const matches = (attributes: Readonly<Record<string, SourceValue>>, ...clause: Clause) =>
  isInScope(scope([clause]), sourceOf(attributes))

t.test('each operator matches one value and not another', async t => {
  const cases: readonly (readonly [Clause, SourceValue, SourceValue])[] = [
    [['a', 'EQUALS', 'Sales'], 'Sales', 'sales'],
    [['a', 'NOT EQUALS', 'Sales'], 'sales', 'Sales'],
    [['a', 'IS TRUE'], true, false],
    [['a', 'IS FALSE'], 'False', 'True'],
    [['a', 'IS NOT NULL'], 'x', ''],
    [['a', 'IS NULL'], '', 'x'],
    [['a', 'REGEX MATCH', '([1-9][0-9])'], '42', '420'],
    [['a', 'REGEX MATCH', String.raw`.*\@domain.com`], 'marge@domain.com', 'marge@Domain.com'],
    [['a', 'REGEX MATCH', '(?i)sales|support'], 'SUPPORT', 'supported'],
    [['a', 'NOT REGEX MATCH', '[0-9]+'], 'x1', '1'],
    [['a', 'Greater_Than', 9], '10', '9'],
    [['a', 'Greater_Than_OR_EQUALS', '9'], '9', '8'],
    [['a', 'Greater_Than', '9007199254740992'], '9007199254740993', 'many'],
    [['a', 'Includes', 'ale'], 'Sales', 'SALES'],
    [['a', 'ENDS_WITH', 'es'], 'Sales', 'Saless'],
    [['a', '&', 'Sales, Support'], 'Sales', 'Legal'],
    [['a', '!&', 'Sales, Support'], 'Legal', 'Sales'],
  ]
  for (const [clause, passing, failing] of cases) {
    t.same(
      [matches({ a: passing }, ...clause), matches({ a: failing }, ...clause)],
      [true, false],
      clause.join(' '),
    )
  }
})

t.test('null matches only IS NULL, and lists match no clause', async t => {
  for (const operator of ['NOT EQUALS', 'NOT REGEX MATCH', '!&', 'EQUALS', 'Includes']) {
    t.equal(matches({}, 'a', operator, 'x'), false, operator)
    t.equal(matches({ a: ['x', 'y'] }, 'a', operator, 'x'), false, `${operator} on a list`)
  }
  t.equal(matches({}, 'a', 'IS NULL'), true)
  t.equal(matches({}, 'a', 'IS FALSE'), false)
})

t.test('clauses are joined by AND, filters by OR; without filters every object is in scope', async t => {
  const filters = scope(
    [
      ['department', 'EQUALS', 'Sector 7G'],
      ['country', 'EQUALS', 'US'],
    ],
    [['jobTitle', 'EQUALS', 'Owner']],
  )
  const isIn = (attributes: Readonly<Record<string, SourceValue>>) => isInScope(filters, sourceOf(attributes))
  t.equal(isIn({ department: 'Sector 7G', country: 'US' }), true)
  t.equal(isIn({ department: 'Sector 7G' }), false)
  t.equal(isIn({ JobTitle: 'Owner' }), true, 'attribute names are case-insensitive')
  t.equal(isInScope([], sourceOf({})), true)
})

t.test('a filter can use accountEnabled', async t => {
  t.equal(isInScope(scope([['accountEnabled', 'IS TRUE']]), sourceOf({})), true)
  t.equal(isInScope(scope([['accountEnabled', 'IS TRUE']]), sourceOf({}, { accountEnabled: false })), false)
})

t.test('errors in a filter are reported with their locations', async t => {
  const errorsOf = (...clauses: readonly object[]) => {
    try {
      readMapping({
        users: { scope: [{ clauses }], attributes: [{ source: 'mail', target: 'userName', matching: 1 }] },
      })
      return []
    } catch (error) {
      if (!(error instanceof MappingError)) throw error
      return error.errors
    }
  }
  const at = (part: string) => `users.scope[0].clauses${part}`
  t.same(
    errorsOf(
      { attribute: 'a', operator: 'REGEX MATCH', value: '([a-z' },
      { attribute: 'a', operator: 'LIKE', value: 'x' },
      { attribute: 'a', operator: 'Greater_Than', value: 'ten' },
      { attribute: 'a', operator: 'is null', value: 'x' },
      { operator: 'EQUALS', value: 'x' },
      { attribute: 'a', operator: 'EQUALS' },
    ),
    [
      {
        place: at('[0].value'),
        text: '"([a-z" is not a valid regular expression: Invalid regular expression: /([a-z/dg: Unterminated character class.',
      },
      {
        place: at('[1].operator'),
        text:
          'unknown operator "LIKE". Operators: EQUALS, NOT EQUALS, IS TRUE, IS FALSE, IS NULL, IS NOT NULL, REGEX MATCH, ' +
          'NOT REGEX MATCH, Greater_Than, Greater_Than_OR_EQUALS, Includes, ENDS_WITH, &, !&.',
      },
      { place: at('[2].value'), text: 'must be a whole number of at least 0 for Greater_Than.' },
      { place: at('[3].value'), text: 'is not used by IS NULL. Remove it.' },
      { place: at('[4].attribute'), text: 'is missing.' },
      { place: at('[5].value'), text: 'is missing.' },
    ],
  )
  t.same(errorsOf(), [{ place: at(''), text: 'is empty. Add a clause or remove the filter.' }])
})
