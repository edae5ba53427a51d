import {
  boolean,
  document,
  list,
  map,
  maxResults,
  optional,
  pattern,
  required,
  type Shape,
  structure,
  text,
  union,
} from '../shape.ts'

// The constraints of AWS's service model.

const uuid = '[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}'
const visible = '\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}'

const storeId = text({
  min: 1,
  max: 36,
  pattern: pattern('d-[0-9a-f]{10}$|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'),
})
export const resourceId = text({ min: 1, max: 47, pattern: pattern(`([0-9a-f]{10}-|)${uuid}`) })

const userName = text({ min: 1, max: 128, pattern: pattern(`[${visible}]+`), sensitive: true })
export const groupName = text({
  min: 1,
  max: 1024,
  pattern: pattern(`[${visible}\\t\\n\\r \u00a0]+`),
  sensitive: true,
})
export const sensitiveText = text({
  min: 1,
  max: 1024,
  pattern: pattern(`[${visible}\\t\\n\\r \u00a0\u3000]+`),
  sensitive: true,
})

const externalId = structure({
  Issuer: required(text({ min: 1, max: 256, pattern: pattern(`[${visible}]+`), sensitive: true })),
  Id: required(text({ min: 1, max: 256, pattern: pattern(`[${visible}]+`), sensitive: true })),
})

const attributePath = text({
  min: 1,
  max: 255,
  pattern: pattern('\\p{L}+(?:\\.\\p{L}+){0,2}|\\p{L}+:\\p{L}+:\\p{L}+(?:\\.\\p{L}+){0,3}'),
})

export const paging = {
  MaxResults: optional(maxResults),
  NextToken: optional(text({ min: 1, max: 65_535, pattern: pattern('[-a-zA-Z0-9+=/:_]*') })),
}

export const filters = {
  Filters: optional(
    list(structure({ AttributePath: required(attributePath), AttributeValue: required(sensitiveText) }), {
      min: 0,
      max: 1,
    }),
  ),
}

export const operations = required(
  list(structure({ AttributePath: required(attributePath), AttributeValue: optional(document()) }), {
    min: 1,
    max: 100,
  }),
)

export const alternateIdentifier = required(
  union({
    ExternalId: optional(externalId),
    UniqueAttribute: optional(
      structure({ AttributePath: required(attributePath), AttributeValue: optional(document()) }),
    ),
  }),
)

export const memberId = required(union({ UserId: optional(resourceId) }))

const extensionName = text({ min: 1, max: 50, pattern: pattern('aws:identitystore:[a-z]{1,20}') })
export const extensionNames = optional(list(extensionName, { min: 1, max: 10 }))

/** Each operation has the identity store, whose constraints are reported before the others. */
export const inStore = { IdentityStoreId: required(storeId) }
export const storeFirst = { first: 'IdentityStoreId' } as const

const oneOf = <Value>(item: Shape<Value>) => list(item, { min: 1, max: 1 })
const anyText = optional(sensitiveText)
const typed = { Value: anyText, Type: anyText, Primary: optional(boolean()) }

export const userMembers = {
  UserName: optional(userName),
  Name: optional(
    structure({
      Formatted: anyText,
      FamilyName: anyText,
      GivenName: anyText,
      MiddleName: anyText,
      HonorificPrefix: anyText,
      HonorificSuffix: anyText,
    }),
  ),
  DisplayName: anyText,
  NickName: anyText,
  ProfileUrl: anyText,
  Emails: optional(oneOf(structure(typed))),
  Addresses: optional(
    oneOf(
      structure({
        StreetAddress: anyText,
        Locality: anyText,
        Region: anyText,
        PostalCode: anyText,
        Country: anyText,
        Formatted: anyText,
        Type: anyText,
        Primary: optional(boolean()),
      }),
    ),
  ),
  PhoneNumbers: optional(oneOf(structure(typed))),
  UserType: anyText,
  Title: anyText,
  PreferredLanguage: anyText,
  Locale: anyText,
  Timezone: anyText,
  Photos: optional(
    list(
      structure({
        Value: required(sensitiveText),
        Type: anyText,
        Display: anyText,
        Primary: optional(boolean()),
      }),
      { min: 1, max: 3 },
    ),
  ),
  Website: anyText,
  Birthdate: anyText,
  Roles: optional(oneOf(structure(typed))),
} as const

/** The document of the extension `aws:identitystore:enterprise`. */
export const enterprise = structure({
  EmployeeNumber: anyText,
  CostCenter: anyText,
  Organization: anyText,
  Division: anyText,
  Department: anyText,
  Manager: optional(structure({ Value: anyText })),
})

export const extensions = optional(map(extensionName, document(), { min: 1, max: 10 }))
