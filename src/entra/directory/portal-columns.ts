import { propertyOf } from './names.ts'

/**
 * Titles of columns that aren't names of properties, folded: what the portals of Microsoft show people, in lists and
 * in the files that they download. Titles that are names but for blanks (`Job title`) need no line.
 */
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
 * The attribute, under Entra's name, that a column is about: `userPrincipalName`, `User principal name`, `UPN`, or
 * `User name [userPrincipalName] Required` as in the templates of bulk operations. Unknown titles stay as they are.
 */
export function attributeInColumn(title: string): string {
  const name = /\[(\w+)\]/.exec(title)?.[1] ?? title
  // "Block sign in" is the opposite of what its brackets say.
  if (/^\s*block/i.test(title)) return title.trim()
  const folded = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  return titles.get(folded) ?? propertyOf(folded)?.name ?? title.trim()
}
