import { createFakeBackend, createRealBackend } from "../../helpers/real-backend.ts";
import { safetyBehaviour } from "../../helpers/safety-behaviour.ts";

safetyBehaviour("µWebSockets.js", createRealBackend);
safetyBehaviour("the strict fake", createFakeBackend);
