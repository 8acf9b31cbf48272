using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using SkyTree.AspNetCore.Embedding;
using SkyTree.Core;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Portal.Account;

/// <summary>Who looks at a circuit's pages. An account that is changed elsewhere changes here.</summary>
internal sealed class PortalAuthenticationStateProvider(Broker broker) : ServerAuthenticationStateProvider
{
    /// <summary>Looks again whether the sign-in holds and what it allows; pages are drawn anew if that is not what it was.</summary>
    public async Task CheckAsync()
    {
        AuthenticationState state = await GetAuthenticationStateAsync();
        if (state.User.Identity is not { IsAuthenticated: true })
        {
            return;
        }

        AdminSignIn? signIn = broker.Admin.Accounts.Resume(state.User);
        if (signIn is null)
        {
            SetAuthenticationState(Task.FromResult(new AuthenticationState(new System.Security.Claims.ClaimsPrincipal(new System.Security.Claims.ClaimsIdentity()))));
        }
        else if (signIn.Caller.Role != PortalClaims.RoleOf(state.User))
        {
            SetAuthenticationState(Task.FromResult(new AuthenticationState(state.User.Identity is ApplicationIdentity application ? application.Again() : PortalClaims.Principal(signIn))));
        }
    }
}
