import { productLabels } from '../../../scim/recognition/products.ts'
import type { DiagnosisRule } from './subject.ts'

/** Two provisioning clients with one token. Only a name in the User-Agent counts: shapes may be alike. */
export const sharedTokenRules: readonly DiagnosisRule[] = [
  {
    id: 'client/shared-token',
    severity: 'warning',
    title: 'Two clients share one token',
    reason:
      'AWS provisions from one identity source. Two clients overwrite each other’s users and groups, and the access of one can’t be revoked without the other.',
    remedy:
      'Turn off provisioning in the client that is no longer used. If both are needed for a while, generate a second token on the tenant’s Tokens page, and give each client its own.',
    source: 'https://docs.aws.amazon.com/singlesignon/latest/userguide/manage-your-identity-source.html',
    basis: 'documented',
    detect: ({ client, sharedWith }) =>
      client && sharedWith
        ? `The token was used by ${productLabels[sharedWith]} before; this request is from ${productLabels[client.product]}`
        : undefined,
  },
]
