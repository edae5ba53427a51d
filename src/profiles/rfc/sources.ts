/** Where what the RFCs ask for is written. */
export const sources = {
  schemas: 'https://www.rfc-editor.org/rfc/rfc7643#section-3',
  user: 'https://www.rfc-editor.org/rfc/rfc7643#section-4.1.1',
  userLists: 'https://www.rfc-editor.org/rfc/rfc7643#section-4.1.2',
  precis: 'https://www.rfc-editor.org/rfc/rfc7644#section-5',
  patch: 'https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2',
  discovery: 'https://www.rfc-editor.org/rfc/rfc7644#section-4',
  versioning: 'https://www.rfc-editor.org/rfc/rfc7644#section-3.14',
} as const
