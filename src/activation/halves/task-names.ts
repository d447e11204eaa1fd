/** Work for the queue, by reference: an electronic half is drawn when it is sent, never before. */
export const HALF_TASK = 'activation.send-half';
export const CONTACT_CHANGED_TASK = 'activation.tell-former-contact';
export const REPRINT_TASK = 'activation.tell-reprint';
