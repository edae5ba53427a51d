/** The address of a page of the documentation. `docs` is `docs` of `GET /me`: an address with `{page}` for the page's name. */
export const docsPage = (docs: string, page: string): string => docs.replace('{page}', page)

export const findingPage = (docs: string, id: string): string => docsPage(docs, `findings/${id}`)

/** The pages with a row for each rule, by the beginning of its ID. */
const rulePages: Readonly<Record<string, string>> = {
  rfc: 'rfc-profile',
  interop: 'interoperability',
  'aws-api': 'identity-store',
  'identity-store': 'identity-store',
  'sso-admin': 'identity-store',
}

/** A rule of AWS’s SCIM endpoint has the ID and the page of the finding about it. */
export function rulePage(docs: string, id: string): string {
  const page = rulePages[id.split('/', 1)[0] ?? '']
  return page === undefined ? findingPage(docs, id) : `${docsPage(docs, page)}#${id}`
}
