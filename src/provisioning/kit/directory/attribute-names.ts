/**
 * Microsoft Graph's names of properties that have another name in Entra's mappings, where the names are those of the
 * older Azure AD Graph. All other properties have the same name in both.
 */
const renamed = {
  id: 'objectId',
  mobilePhone: 'mobile',
  businessPhones: 'telephoneNumber',
  faxNumber: 'facsimileTelephoneNumber',
  officeLocation: 'physicalDeliveryOfficeName',
  imAddresses: 'sipProxyAddress',
  onPremisesImmutableId: 'immutableId',
  onPremisesSyncEnabled: 'dirSyncEnabled',
  externalUserState: 'userState',
} as const

/** Lists in Graph; Entra's mappings use the first value. */
const firstOfList = new Set(['telephoneNumber', 'sipProxyAddress'])

const extensionAttributes = Array.from({ length: 15 }, (_, index) => `extensionAttribute${index + 1}`)

const texts = [
  ...['objectId', 'userPrincipalName', 'displayName', 'givenName', 'surname', 'mail', 'mailNickname'],
  ...['jobTitle', 'department', 'companyName', 'employeeId', 'employeeType', 'userType', 'description'],
  ...['streetAddress', 'city', 'state', 'postalCode', 'country', 'physicalDeliveryOfficeName'],
  ...['telephoneNumber', 'mobile', 'facsimileTelephoneNumber', 'sipProxyAddress', 'immutableId', 'userState'],
  ...['preferredLanguage', 'usageLocation', 'deletedDateTime', ...extensionAttributes],
]
const booleans = ['accountEnabled', 'mailEnabled', 'securityEnabled', 'dirSyncEnabled']
const lists = ['otherMails', 'proxyAddresses', 'groupTypes']
const references = ['manager', 'members', 'onPremisesExtensionAttributes']

export type PropertyKind = 'text' | 'boolean' | 'list' | 'reference'
type Property = { readonly name: string; readonly kind: PropertyKind; readonly usesFirstValue: boolean }

const properties: ReadonlyMap<string, Property> = (() => {
  const known = new Map<string, Property>()
  const add = (kind: PropertyKind, names: readonly string[]) => {
    for (const name of names)
      known.set(name.toLowerCase(), { name, kind, usesFirstValue: firstOfList.has(name) })
  }
  add('text', texts)
  add('boolean', booleans)
  add('list', lists)
  add('reference', references)
  for (const [graph, entra] of Object.entries(renamed)) {
    const property = known.get(entra.toLowerCase())
    if (property) known.set(graph.toLowerCase(), property)
  }
  return known
})()

/** A known property by Graph's or Entra's name, ignoring case: PowerShell writes `DisplayName`. */
export const propertyOf = (name: string): Property | undefined => properties.get(name.toLowerCase())

export const entraName = (name: string): string => propertyOf(name)?.name ?? name

const graphNames: ReadonlyMap<string, string> = new Map(
  Object.entries(renamed).map(([graph, entra]) => [entra, graph]),
)

export const graphName = (name: string): string => graphNames.get(name) ?? name

export const isListInGraph = (name: string): boolean => firstOfList.has(name)

export const isExtensionAttribute = (name: string): boolean => extensionAttributes.includes(name)

/** Folded titles of Microsoft's portals. Titles that differ from the name by spaces only need no entry. */
const titles: ReadonlyMap<string, string> = new Map(
  Object.entries({
    name: 'displayName',
    username: 'userPrincipalName',
    upn: 'userPrincipalName',
    firstname: 'givenName',
    lastname: 'surname',
    email: 'mail',
    emailaddress: 'mail',
    alias: 'mailNickname',
    title: 'jobTitle',
    company: 'companyName',
    stateorprovince: 'state',
    countryorregion: 'country',
    zipcode: 'postalCode',
    ziporpostalcode: 'postalCode',
    office: 'physicalDeliveryOfficeName',
    officephone: 'telephoneNumber',
    businessphone: 'telephoneNumber',
    fax: 'facsimileTelephoneNumber',
  }),
)

/**
 * Entra's name of the attribute of a column: `userPrincipalName`, `User principal name`, `UPN`, or
 * `User name [userPrincipalName] Required` as in the templates of bulk operations. Unknown titles are returned unchanged.
 */
export function attributeOfColumn(title: string): string {
  const name = /\[(\w+)\]/.exec(title)?.[1] ?? title
  // "Block sign in [accountEnabled]" has the opposite meaning of its attribute.
  if (/^\s*block/i.test(title)) return title.trim()
  const folded = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  return titles.get(folded) ?? propertyOf(folded)?.name ?? title.trim()
}
