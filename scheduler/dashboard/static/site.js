// What pages do beyond links and forms. Everything works without it, except that new alerts wait for a reload.
"use strict";
