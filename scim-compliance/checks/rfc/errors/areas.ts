export const errorsArea = { area: 'errors', section: 'Errors', source: 'RFC 7644 §3.12' } as const
