using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Security.Jwt;

namespace SkyTree.AspNetCore.Security;

/// <summary>Checks what the ways of authentication need.</summary>
internal static class AuthenticationValidator
{
    private const string Section = "SkyTree:Authentication";

    public static void Validate(AuthenticationOptions options, ConfigurationErrors errors)
    {
        for (int i = 0; i < options.Order.Count; i++)
        {
            if (options.Order.Take(i).Contains(options.Order[i]))
            {
                errors.Add($"{Section}:Order:{i}", $"{options.Order[i]} is there twice");
            }
        }

        if (options.Order.Contains(AuthenticationBackend.Jwt))
        {
            ValidateJwt(options.Jwt, errors);
        }

        if (options.Order.Contains(AuthenticationBackend.Sql))
        {
            if (options.Sql.ConnectionPath.Length > 0)
            {
                RequireFile($"{Section}:Sql:ConnectionPath", options.Sql.ConnectionPath, errors);
            }
            else if (options.Sql.Connection.Length == 0)
            {
                errors.Add($"{Section}:Sql:Connection", "a connection string is needed, or the file of one in ConnectionPath");
            }

            if (!options.Sql.Query.Contains("@username", StringComparison.Ordinal))
            {
                errors.Add($"{Section}:Sql:Query", "must ask with @username");
            }
        }

        if (options.Order.Contains(AuthenticationBackend.Http))
        {
            RequireUrl($"{Section}:Http:Url", options.Http.Url, options.Http.AllowHttp, errors);
            if (options.Http.AuthorizationPath.Length > 0)
            {
                RequireFile($"{Section}:Http:AuthorizationPath", options.Http.AuthorizationPath, errors);
            }
        }
    }

    private static void ValidateJwt(JwtOptions jwt, ConfigurationErrors errors)
    {
        if (jwt.Issuer.Length == 0)
        {
            errors.Add($"{Section}:Jwt:Issuer", "the issuer of the tokens is needed");
        }

        if (jwt.Audience.Length == 0)
        {
            errors.Add($"{Section}:Jwt:Audience", "the audience of the tokens is needed");
        }

        if (jwt.UserNameClaim.Length == 0)
        {
            errors.Add($"{Section}:Jwt:UserNameClaim", "the claim that names the user is needed");
        }

        if (jwt.KeyPath.Length > 0 == jwt.JwksUrl.Length > 0)
        {
            errors.Add($"{Section}:Jwt:KeyPath", "a file with the key is needed, or else JwksUrl");
        }
        else if (jwt.JwksUrl.Length > 0)
        {
            RequireUrl($"{Section}:Jwt:JwksUrl", jwt.JwksUrl, allowHttp: false, errors);
        }
        else
        {
            try
            {
                if (JwtKeys.Read(jwt.KeyPath).Count == 0)
                {
                    errors.Add($"{Section}:Jwt:KeyPath", $"'{jwt.KeyPath}' has no key");
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                errors.Add($"{Section}:Jwt:KeyPath", $"'{jwt.KeyPath}' cannot be used: {exception.Message}");
            }
        }
    }

    private static void RequireUrl(string key, string url, bool allowHttp, ConfigurationErrors errors)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp))
        {
            errors.Add(key, $"'{url}' is no address such as https://auth.example/mqtt");
        }
        else if (uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback && !allowHttp)
        {
            errors.Add(key, "must be https, since it is on another machine");
        }
    }

    private static void RequireFile(string key, string path, ConfigurationErrors errors)
    {
        if (!File.Exists(path))
        {
            errors.Add(key, $"file '{path}' does not exist");
        }
    }
}
