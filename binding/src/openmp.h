#pragma once

namespace sconce {

// Ends the team of threads that OpenMP keeps for this thread; the next parallel operator makes a
// new one. GNU's OpenMP counts the threads of all teams, and where there are more than processors
// its threads no longer spin but sleep between operators: LeNet's step then takes twice as long. So
// a thread that hands its work to another, or rests, gives up its team.
void ReleaseTeam();

}  // namespace sconce
