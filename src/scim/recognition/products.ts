/** The provisioning clients whose setup is described, in the order in which lists show them. */
export const provisioningClients = [
  'entra',
  'okta',
  'google',
  'jumpcloud',
  'onelogin',
  'pingfederate',
  'pingone',
  'cyberark',
  'authentik',
  'keycloak',
  'pocket-id',
  'ssosync',
  'idp-scim-sync',
] as const

export type ProvisioningClient = (typeof provisioningClients)[number]

/** The provisioning clients and tools that fingerprints distinguish, in the order in which lists show them. */
export const products = [
  ...provisioningClients,
  'terraform',
  'teleport',
  'scim-compliance',
  'curl',
  'postman',
] as const

export type Product = (typeof products)[number]

export const evidences = ['named', 'shaped', 'perhaps'] as const

/**
 * How strong the evidence for a product is. `named`: the User-Agent contains its name. `shaped`: two independent marks
 * of its requests agree. `perhaps`: one mark.
 */
export type Evidence = (typeof evidences)[number]

export type RecognizedClient = { readonly product: Product; readonly evidence: Evidence }

const known: ReadonlySet<string> = new Set(products)

/** Whether this version knows a product: a later one may have stored others. */
export const isProduct = (text: string): text is Product => known.has(text)

/** The client of a stored row; undefined if it has none, or one that this version does not know. */
export const toRecognizedClient = (
  product: Product | null,
  evidence: Evidence | null,
): RecognizedClient | undefined =>
  product !== null && evidence !== null && isProduct(product) ? { product, evidence } : undefined

export const productLabels: Readonly<Record<Product, string>> = {
  entra: 'Microsoft Entra ID',
  okta: 'Okta',
  google: 'Google Workspace',
  jumpcloud: 'JumpCloud',
  onelogin: 'OneLogin',
  pingfederate: 'PingFederate',
  pingone: 'PingOne',
  cyberark: 'CyberArk Identity',
  authentik: 'authentik',
  keycloak: 'Keycloak',
  'pocket-id': 'Pocket ID',
  ssosync: 'ssosync',
  'idp-scim-sync': 'idp-scim-sync',
  terraform: 'Terraform provider aws-sso-scim',
  teleport: 'Teleport',
  'scim-compliance': 'scim-compliance',
  curl: 'curl',
  postman: 'Postman',
}

const evidenceLabels: Readonly<Record<Evidence, string>> = {
  named: 'named by its User-Agent',
  shaped: 'recognized by the shape of its requests',
  perhaps: 'one mark of its requests only',
}

/** With the evidence, for lists: "Okta", "Okta (by shape)", "perhaps Okta". */
export function formatClient({ product, evidence }: RecognizedClient): string {
  const label = productLabels[product]
  switch (evidence) {
    case 'named':
      return label
    case 'shaped':
      return `${label} (by shape)`
    case 'perhaps':
      return `perhaps ${label}`
  }
}

/** "Okta, named by its User-Agent" */
export const describeClient = ({ product, evidence }: RecognizedClient): string =>
  `${evidence === 'perhaps' ? 'Perhaps ' : ''}${productLabels[product]}, ${evidenceLabels[evidence]}`

export const isConvincing = ({ evidence }: RecognizedClient): boolean => evidence !== 'perhaps'
