declare module 'express-session';
declare module 'passport';
declare module 'passport-openidconnect';
