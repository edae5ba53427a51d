import { list, maxResults, oneOf, optional, pattern, required, structure, text } from '../shape.ts'

// The constraints of the service model of SSO Admin.

const partition = 'arn:(aws|aws-us-gov|aws-cn|aws-iso|aws-iso-b):'
const instance = '(sso)?ins-[a-zA-Z0-9-.]{16}'
const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

export const instanceArnShape = text({
  min: 10,
  max: 1224,
  pattern: pattern(`${partition}sso:::instance/${instance}`),
})
export const permissionSetArnShape = text({
  min: 10,
  max: 1224,
  pattern: pattern(`${partition}sso:::permissionSet/${instance}/ps-[a-zA-Z0-9-./]{16}`),
})
export const applicationArnShape = text({
  min: 10,
  max: 1224,
  pattern: pattern(`${partition}sso::\\d{12}:application/${instance}/apl-[a-zA-Z0-9]{16}`),
})
export const applicationProviderArnShape = text({
  min: 10,
  max: 1224,
  pattern: pattern(`${partition}sso::aws:applicationProvider/[a-zA-Z0-9-/]+`),
})
export const trustedTokenIssuerArnShape = text({
  min: 10,
  max: 1224,
  pattern: pattern(`${partition}sso::\\d{12}:trustedTokenIssuer/${instance}/tti-${uuid}`),
})
export const regionShape = text({ min: 1, max: 32, pattern: pattern('[a-z]{2,}(-[a-z]+)+-\\d') })
export const taggableArnShape = text({
  min: 10,
  max: 2048,
  pattern: pattern(
    `${partition}sso::((:instance/${instance})|(:permissionSet/${instance}/ps-[a-zA-Z0-9-./]{16})|(\\d{12}:application/${instance}/apl-[a-zA-Z0-9]{16})|(\\d{12}:trustedTokenIssuer/${instance}/tti-${uuid}))`,
  ),
})
export const accountShape = text({ min: 12, max: 12, pattern: pattern('\\d{12}') })
export const principalIdShape = text({
  min: 1,
  max: 47,
  pattern: pattern(
    '([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}',
  ),
})
export const principalTypeShape = oneOf('USER', 'GROUP')
export const requestIdShape = text({
  min: 36,
  max: 36,
  pattern: pattern('\\b[0-9a-f]{8}\\b-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-\\b[0-9a-f]{12}\\b'),
})
export const nameShape = text({ min: 1, max: 32, pattern: pattern('[\\w+=,.@-]+') })
export const descriptionShape = text({
  min: 1,
  max: 700,
  pattern: pattern('[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*'),
})
export const durationShape = text({
  min: 1,
  max: 100,
  pattern: pattern(
    '(-?)P(?=\\d|T\\d)(?:(\\d+)Y)?(?:(\\d+)M)?(?:(\\d+)([DW]))?(?:T(?:(\\d+)H)?(?:(\\d+)M)?(?:(\\d+(?:\\.\\d+)?)S)?)?',
  ),
})
export const relayStateShape = text({
  min: 1,
  max: 240,
  pattern: {
    text: '[a-zA-Z0-9&$@#\\\\\\/%?=~\\-_\'"|!:,.;*+\\[\\]\\ \\(\\)\\{\\}]+',
    matches: /^[a-zA-Z0-9&$@#\\/%?=~\-_'"|!:,.;*+[\] (){}]+$/,
  },
})
export const tagKeyShape = text({ min: 1, max: 128, pattern: pattern('([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)') })
const tagValueShape = text({ min: 0, max: 256, pattern: pattern('([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)') })
export const tagsShape = list(structure({ Key: required(tagKeyShape), Value: required(tagValueShape) }), {
  max: 75,
})
export const inlinePolicyShape = text({
  min: 1,
  max: 32768,
  pattern: pattern('[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+'),
})
export const managedPolicyArnShape = text({
  min: 20,
  max: 2048,
  pattern: pattern(`${partition}iam::aws:policy/[\\p{L}\\p{M}\\p{Z}\\p{S}\\p{N}\\p{P}]+`),
})
export const customerPolicyShape = structure({
  Name: required(text({ min: 1, max: 128, pattern: pattern('[\\w+=,.@-]+') })),
  Path: optional(text({ min: 1, max: 512, pattern: pattern('((/[A-Za-z0-9\\.,\\+@=_-]+)*)/') })),
})

/** An empty token counts as none. */
export const nextTokenShape = text({ max: 2048, pattern: pattern('[-a-zA-Z0-9+=/_]*') })
export const paging = { MaxResults: optional(maxResults), NextToken: optional(nextTokenShape) }

export const onInstance = { InstanceArn: required(instanceArnShape) }
export const onPermissionSet = { ...onInstance, PermissionSetArn: required(permissionSetArnShape) }
export const provisioningFilter = {
  ProvisioningStatus: optional(
    oneOf('LATEST_PERMISSION_SET_PROVISIONED', 'LATEST_PERMISSION_SET_NOT_PROVISIONED'),
  ),
}
export const statusFilter = {
  Filter: optional(structure({ Status: optional(oneOf('IN_PROGRESS', 'FAILED', 'SUCCEEDED')) })),
}
