"""Tokens of code hosts, package registries and build systems."""

from __future__ import annotations

from interlock.core.redaction.rule import HEX, Made, Rule, form

RULES: tuple[Rule, ...] = (
    form(
        "github-token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{30,255}", "gh", "p_", Made(36),
        counter="ghp_variable", source="GitHub: token formats",
    ),
    form(
        "github-pat", "github_pat_", r"github_pat_[A-Za-z0-9_]{40,255}", "github_", "pat_", Made(22), "_", Made(59),
        counter="github_pat_rotation_job", source="GitHub: fine-grained personal access tokens",
    ),
    form(
        "gitlab-token",
        "glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glagent- glimt- gloas- GR1348941 glrtr- glffct- glwt-",
        r"(?:gl(?:pat|dt|rt|rtr|cbt|ptt|ft|soat|agent|imt|ffct|wt)-|gloas-|GR1348941)[\w.-]{20,}", "gl", "pat-", Made(20),
        counter="glpat-x", source="GitLab: token prefixes",
    ),
    form(
        "bitbucket-token", "ATBB ATCTT3", r"(?:ATBB[A-Za-z0-9]{28,}|ATCTT3[\w=-]{60,})", "AT", "BB", Made(32),
        counter="ATBBx", source="Bitbucket app passwords",
    ),
    form(
        "atlassian-token", "ATATT3", r"ATATT3[\w=-]{60,}", "ATA", "TT3", Made(180), counter="ATATT3x",
        source="Atlassian API tokens",
    ),
    form("npm-token", "npm_", r"npm_[A-Za-z0-9]{36,}", "np", "m_", Made(36), counter="npm_config_registry", source="npm"),
    form(
        "pypi-token", "pypi-AgE", r"pypi-AgE[\w-]{50,}", "pypi-", "AgEIcHlwaS5vcmc", Made(80), counter="pypi-AgE",
        source="PyPI: API tokens (macaroons)",
    ),
    form(
        "rubygems-key", "rubygems_", r"rubygems_[0-9a-f]{48}", "ruby", "gems_", Made(48, HEX), counter="rubygems_mirror",
        source="RubyGems API keys",
    ),
    form("nuget-key", "oy2", r"oy2[a-z0-9]{43}", "oy", "2", Made(43, HEX), counter="oy2x", source="NuGet API keys"),
    form("crates-token", "cio", r"cio[A-Za-z0-9]{32}", "ci", "o", Made(32), counter="ciphers", source="crates.io"),
    form(
        "docker-token", "dckr_", r"dckr_(?:pat|oat)_[\w-]{20,}", "dckr_", "pat_", Made(27), counter="dckr_pat_x",
        source="Docker Hub access tokens",
    ),
    form(
        "artifactory-token", "AKCp cmVmdGtu", r"(?:AKCp[A-Za-z0-9]{60,}|cmVmdGtu[A-Za-z0-9]{50,})", "AK", "Cp", Made(69),
        counter="AKCpx", source="JFrog: API keys and reference tokens",
    ),
    form(
        "circleci-token", "CCIPAT_ CCIPRJ_", r"CCIP(?:AT|RJ)_[\w]{20,}", "CCI", "PAT_", Made(60), counter="CCIPAT_x",
        source="CircleCI API tokens",
    ),
    form(
        "buildkite-token", "bkua_ bkaj_ bkat_", r"bk(?:ua|aj|at)_[A-Za-z0-9]{30,}", "bk", "ua_", Made(40),
        counter="bkua_x", source="Buildkite API tokens",
    ),
    form(
        "sonar-token", "sqp_ squ_ sqa_ sqb_", r"sq[puab]_[0-9a-f]{40}", "sq", "p_", Made(40, HEX), counter="sqp_x",
        source="SonarQube tokens",
    ),
    form(
        "vercel-token", "vcp_ vci_ vca_ vcr_ vck_", r"vc[piark]_[A-Za-z0-9]{24,}", "vc", "p_", Made(56),
        counter="vcp_x", source="Vercel token formats",
    ),
    form(
        "netlify-token", "nfp_ nfc_ nfo_", r"nf[pco]_[A-Za-z0-9_-]{36,}", "nf", "p_", Made(36), counter="nfp_x",
        source="Netlify personal access tokens",
    ),
    form(
        "postman-key", "PMAK-", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}", "PM", "AK-", Made(24, HEX), "-", Made(34, HEX),
        counter="PMAK-x", source="Postman API keys",
    ),
    form(
        "clojars-token", "CLOJARS_", r"CLOJARS_[a-z0-9]{60}", "CLO", "JARS_", Made(60, HEX), counter="CLOJARS_TOKEN",
        source="Clojars deploy tokens",
    ),
    form(
        "gitea-token", "gitea gitea_ forgejo", r"(?:gitea|forgejo)[\w .:/-]{0,30}[ =:\"']([0-9a-f]{40})", "gitea token=",
        Made(40, HEX), counter="gitea 1.21.0", source="Gitea access tokens",
    ),
)  # fmt: skip
